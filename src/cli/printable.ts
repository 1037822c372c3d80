import { stripVTControlCharacters } from 'node:util';

/** Text from a model or a sandbox as it may go to a terminal: without the sequences that would control it. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be removed
  return stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}

/** The text on one line, cut at a number of characters. */
export function onOneLine(text: string, characters: number): string {
  const line = printable(text.slice(0, 4 * characters))
    .replace(/\s+/g, ' ')
    .trim();
  return cutAt(line, characters);
}

/** The first characters, with `…` where something was cut. */
export function cutAt(text: string, characters: number): string {
  if (text.length <= characters) return text;
  return characters < 1 ? '' : `${text.slice(0, characters - 1)}…`;
}
