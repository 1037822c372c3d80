import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { splitChapters } from '../../examples/monte-cristo/chapters.ts';

const novel = [
  '\uFEFFThe Project Gutenberg eBook of A Novel',
  '*** START OF THE PROJECT GUTENBERG EBOOK A NOVEL ***',
  '',
  'Contents',
  ' VOLUME ONE',
  'Chapter 1. The Harbour',
  'Chapter 2. The Letter',
  'Chapter 3. The Return',
  '',
  ' VOLUME ONE',
  '',
  ' Chapter 1. The Harbour',
  '',
  'A ship came in.',
  '',
  '0019m ',
  '',
  '',
  '',
  'It was late.',
  '',
  'VOLUME TWO',
  '',
  ' Chapter 2. The Letter',
  '',
  'He had read all of',
  'Chapter 9. of the book, and',
  'chapter 3. too.',
  '',
  ' Chapter 3. The Return',
  '',
  'He came back.',
  '',
  'FOOTNOTES:',
  '',
  '[1] A harbour.',
  '*** END OF THE PROJECT GUTENBERG EBOOK A NOVEL ***',
  'The licence.',
];

describe('the chapters of a novel', () => {
  it('each begin with their heading and hold nothing but their text', () => {
    expect(splitChapters(novel.join('\r\n'))).toEqual([
      'Chapter 1. The Harbour\n\nA ship came in.\n\nIt was late.',
      'Chapter 2. The Letter\n\nHe had read all of\nChapter 9. of the book, and\nchapter 3. too.',
      'Chapter 3. The Return\n\nHe came back.',
    ]);
  });

  it('are found where the headings are not indented and there is no table of contents', () => {
    const text = novel.slice(10).map((line) => line.trimStart());
    expect(splitChapters(text.join('\n'))).toHaveLength(3);
  });

  it('are none in another text', () => {
    expect(splitChapters('A text.\nIt has no chapters.')).toEqual([]);
  });

  const book = fileURLToPath(new URL('../../../shared/data/monte-cristo.txt', import.meta.url));
  it.skipIf(!existsSync(book))('are 117 in The Count of Monte Cristo', () => {
    const chapters = splitChapters(readFileSync(book, 'utf8'));
    expect(chapters).toHaveLength(117);
    expect(chapters.map((chapter) => Number(/^Chapter (\d+)\. /.exec(chapter)?.[1]))).toEqual(
      Array.from({ length: 117 }, (_, index) => index + 1),
    );
    expect(Math.min(...chapters.map((chapter) => chapter.length))).toBeGreaterThan(5_000);
  });
});
