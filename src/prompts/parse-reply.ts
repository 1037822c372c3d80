import { type FencedBlock, findFences, isBareFence, isCodeLanguage, openingLanguage } from './fences.ts';

/** What a model's reply asks for. `reasoning` is the text around the code that runs. */
export type ParsedReply =
  | { kind: 'code'; code: string; reasoning: string }
  | { kind: 'no-code'; reasoning: string }
  | { kind: 'other-language'; languages: string[]; reasoning: string }
  | { kind: 'empty' };

/** Fences that models put around a whole reply. */
const decorations: ReadonlySet<string> = new Set(['', 'markdown', 'md', 'text', 'txt']);

/**
 * Reads the code out of a reply: all blocks tagged `python`, `py`, `python3` or `repl`, in order, as one cell; bare
 * blocks where none is tagged. An unclosed block counts, and a fence around the whole reply does not.
 */
export function parseReply(text: string | null): ParsedReply {
  const { thoughts, rest } = takeThoughts((text ?? '').replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n'));
  if (rest.trim() === '' && thoughts === '') return { kind: 'empty' };
  const lines = withoutDecoration(rest.split('\n'));
  const blocks = findFences(lines);
  const tagged = blocks.filter(({ language }) => isCodeLanguage(language));
  const chosen = tagged.length > 0 ? tagged : blocks.filter(({ language }) => language === '');
  const reasoning = [thoughts, textAround(lines, chosen)].filter((part) => part !== '').join('\n\n');
  if (chosen.length > 0) {
    const code = chosen.map(({ content }) => content).join('\n');
    return hasStatements(code) ? { kind: 'code', code, reasoning } : { kind: 'empty' };
  }
  if (blocks.length === 0) return { kind: 'no-code', reasoning };
  return { kind: 'other-language', languages: [...new Set(blocks.map(({ language }) => language))], reasoning };
}

/** Some models write their thoughts before the reply, in tags, with drafts of code that must not run. */
export function takeThoughts(text: string): { thoughts: string; rest: string } {
  const [whole, thoughts = ''] = /^\s*<think(?:ing)?>([\s\S]*?)<\/think(?:ing)?>/.exec(text) ?? [''];
  return { thoughts: thoughts.trim(), rest: text.slice(whole.length) };
}

function withoutDecoration(lines: string[]): string[] {
  const isText = (line: string) => line.trim() !== '';
  const first = lines.findIndex(isText);
  if (first === -1 || !decorations.has(openingLanguage(lines[first] ?? '') ?? 'none')) return lines;
  const last = lines.findLastIndex(isText);
  const candidates = [lines.slice(first + 1)];
  if (last > first && isBareFence(lines[last] ?? '')) candidates.unshift(lines.slice(first + 1, last));
  return candidates.find(isWholeReply) ?? lines;
}

/** Whether the lines, which had a fence around them, hold tagged code and no block without an end. */
function isWholeReply(lines: string[]): boolean {
  const blocks = findFences(lines);
  return blocks.every(({ closed }) => closed) && blocks.some(({ language }) => isCodeLanguage(language));
}

function textAround(lines: string[], blocks: FencedBlock[]): string {
  const isCode = (index: number) => blocks.some(({ start, end }) => index >= start && index < end);
  return lines
    .filter((_, index) => !isCode(index))
    .join('\n')
    .trim();
}

function hasStatements(code: string): boolean {
  return code.split('\n').some((line) => !/^[\s\uFEFF]*(?:#|$)/.test(line));
}
