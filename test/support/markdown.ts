import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export const project = join(import.meta.dirname, '../..');

/** A fenced block of a document. */
export interface Fence {
  /** Where it begins, such as `README.md:12`. */
  place: string;
  language: string;
  text: string;
  /** What the comment right before it says, without `<!--` and `-->`; or null. */
  comment: string | null;
}

export interface Document {
  /** Relative to the repository. */
  path: string;
  text: string;
}

/** The documents whose fences are tested. */
export function documents(): Document[] {
  return read(['README.md', 'docs/**/*.md']);
}

/** Every page that people read, whose links are tested. */
export function pages(): Document[] {
  return read(['*.md', 'docs/**/*.md', 'examples/**/*.md']);
}

function read(patterns: string[]): Document[] {
  const paths = globSync(patterns, { cwd: project, exclude: ['**/node_modules/**'] }).sort();
  return paths.map((path) => ({ path, text: readFileSync(join(project, path), 'utf8') }));
}

/** The fenced blocks of a document, in order. */
export function fencesOf({ path, text }: Document): Fence[] {
  const blocks = text.matchAll(/(?:^<!-- (?<comment>.*) -->\n)?^```(?<language>\w+)\n(?<text>[\s\S]*?)^```$/gm);
  return [...blocks].map(({ index, groups = {} }) => ({
    place: `${path}:${text.slice(0, index).split('\n').length}`,
    language: groups.language ?? '',
    text: groups.text ?? '',
    comment: groups.comment ?? null,
  }));
}

/** A link to a page or a file of the repository. */
export interface LocalLink {
  place: string;
  /** Relative to the repository. */
  path: string;
  /** The heading that it leads to, or null. */
  heading: string | null;
}

/** The links of a document that stay in the repository. */
export function localLinks({ path, text }: Document): LocalLink[] {
  const links = [...withoutFences(text).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)];
  return links.map(([, target = '', heading]) => ({
    place: `${path}: ${target}${heading === undefined ? '' : `#${heading}`}`,
    path: target === '' ? path : relative(project, join(project, dirname(path), target)),
    heading: heading ?? null,
  }));
}

/** The names by which links lead to the headings of a document. */
export function headingNames({ text }: Document): string[] {
  const headings = withoutFences(text).matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The rows of the tables whose first heading is this, as cells without their code marks. */
export function tableRows({ text }: Document, firstHeading: string): string[][] {
  const tables = text.split(/\n(?!\|)/).flatMap((block) => {
    const lines = block.split('\n').filter((line) => line.startsWith('|'));
    const [heading, , ...rows] = lines.map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    return heading?.[0] === firstHeading ? [rows] : [];
  });
  return tables.flat().map((row) => row.map((cell) => cell.replaceAll('`', '')));
}

function withoutFences(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '');
}
