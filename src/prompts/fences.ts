import { endsInTripleQuotes } from './triple-quotes.ts';

/** A fenced block of a reply. */
export interface FencedBlock {
  /** In lower case; empty for a bare fence. */
  language: string;
  content: string;
  closed: boolean;
  /** Lines of the reply from the opening fence up to, not including, `end`. */
  start: number;
  end: number;
}

interface Opening {
  indent: number;
  fence: string;
  language: string;
}

const codeLanguages: ReadonlySet<string> = new Set(['python', 'py', 'python3', 'repl']);

/** Where a string seems to hold more fences than this, it more likely never ends. */
const maxCandidates = 100;

/** Whether the REPL runs blocks of this language. */
export function isCodeLanguage(language: string): boolean {
  return codeLanguages.has(language);
}

/**
 * Finds the fenced blocks, as CommonMark does: a closing fence is at least as long as the opening, of the same
 * character, and alone on its line. In Python a fence within a triple-quoted string closes nothing, and where a block
 * was left open, the next one that is tagged as Python closes it.
 */
export function findFences(lines: readonly string[]): FencedBlock[] {
  const blocks: FencedBlock[] = [];
  for (let start = 0; start < lines.length; start += 1) {
    const opening = readOpening(lines[start] ?? '');
    if (!opening) continue;
    const { end, closed } = findEnd(lines, start, opening);
    const content = lines.slice(start + 1, end).map((line) => removeIndent(line, opening.indent));
    const after = closed ? end + 1 : end;
    blocks.push({ language: opening.language, content: content.join('\n'), closed, start, end: after });
    start = after - 1;
  }
  return blocks;
}

/** The language of a line that opens a block, or null. */
export function openingLanguage(line: string): string | null {
  return readOpening(line)?.language ?? null;
}

/** Whether a line could close a block. */
export function isBareFence(line: string): boolean {
  return /^ {0,3}(?:`{3,}|~{3,})\s*$/.test(line);
}

function readOpening(line: string): Opening | null {
  const [, indent = '', fence = '', information = ''] = /^( {0,3})(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
  if (fence === '' || (fence.startsWith('`') && information.includes('`'))) return null;
  const language = /^[^\s{}:,]*/.exec(information.trim().replace(/^\{\.?/, ''))?.[0] ?? '';
  return { indent: indent.length, fence, language: language.toLowerCase() };
}

function findEnd(lines: readonly string[], start: number, opening: Opening): { end: number; closed: boolean } {
  const isPython = isCodeLanguage(opening.language);
  let firstCandidate = -1;
  let candidates = 0;
  for (let index = start + 1; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const closes = isBareFence(line) && line.trim().startsWith(opening.fence);
    const reopens = isPython && isCodeLanguage(openingLanguage(line) ?? '');
    if (!closes && !reopens) continue;
    candidates += 1;
    if (candidates > maxCandidates) break;
    if (!isPython || !endsInTripleQuotes(lines.slice(start + 1, index).join('\n')))
      return { end: index, closed: closes };
    if (closes && firstCandidate === -1) firstCandidate = index;
  }
  // The string that seemed open never ends: the code is wrong, and its first fence is as good an end as any.
  return firstCandidate === -1 ? { end: lines.length, closed: false } : { end: firstCandidate, closed: true };
}

function removeIndent(line: string, indent: number): string {
  const spaces = /^ */.exec(line)?.[0].length ?? 0;
  return line.slice(Math.min(indent, spaces));
}
