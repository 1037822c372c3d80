/**
 * Splits a novel of Project Gutenberg into its chapters, each with its heading as first line. The table of contents has
 * the same headings: the novel itself begins at the last `Chapter 1.`, and counts on from there. A text without chapters
 * has none.
 */
export function splitChapters(book: string): string[] {
  const lines = book.replace(/^\uFEFF/, '').split(/\r?\n/);
  const headings = lines.flatMap((line, index) => {
    const number = /^ ?Chapter (\d+)\. \S/.exec(line)?.[1];
    return number === undefined ? [] : [{ number: Number(number), index }];
  });
  const first = headings.findLastIndex(({ number }) => number === 1);
  if (first === -1) return [];
  const starts: number[] = [];
  for (const { number, index } of headings.slice(first)) if (number === starts.length + 1) starts.push(index);

  const end = lines.findIndex((line, index) => index > (starts.at(-1) ?? 0) && isEnd(line));
  const bounds = [...starts, end === -1 ? lines.length : end];
  return starts.map((start, index) => clean(lines.slice(start, bounds[index + 1])));
}

function isEnd(line: string): boolean {
  return /^FOOTNOTES:|^\*\*\* ?END OF/.test(line);
}

/** Leaves out the marks of illustrations and the title of the volume that follows. */
function clean(lines: readonly string[]): string {
  return lines
    .filter((line) => !/^\s*(\d+m|VOLUME [A-Z]+)\s*$/.test(line))
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
