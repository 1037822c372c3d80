import { formatCount } from './format-count.ts';

/** A text of which only the two ends may be at hand. Lengths are characters as Python counts them: code points. */
export interface EndsOfText {
  head: string;
  /** Empty when `head` is everything. */
  tail: string;
  length: number;
}

/** How many code points a text has. */
export function countCharacters(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length - 1; index += 1) {
    if (isHighSurrogate(text.charCodeAt(index)) && isLowSurrogate(text.charCodeAt(index + 1))) {
      count -= 1;
      index += 1;
    }
  }
  return count;
}

/** A whole text cut to `limit` characters, as {@link cutMiddle} does. */
export function cutMiddleOfText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return cutMiddle({ head: text, tail: '', length: countCharacters(text) }, limit);
}

/** Leaves out the middle of a text longer than `limit` characters, and says in its place how much that was. */
export function cutMiddle({ head, tail, length }: EndsOfText, limit: number): string {
  if (length <= limit && length <= countCharacters(head) + countCharacters(tail)) return head + tail;
  const first = takeStart(head, Math.ceil(limit / 2));
  const last = takeEnd(tail === '' ? head : tail, Math.floor(limit / 2));
  const missing = length - countCharacters(first) - countCharacters(last);
  return `${first}\n… [${formatCount(missing)} of ${formatCount(length)} characters cut here] …\n${last}`;
}

/** At most `size` UTF-16 units from the start, without half a character. */
export function takeStart(text: string, size: number): string {
  const end = isHighSurrogate(text.charCodeAt(size - 1)) && size < text.length ? size - 1 : size;
  return text.slice(0, end);
}

function takeEnd(text: string, size: number): string {
  const start = Math.max(0, text.length - size);
  return text.slice(start > 0 && isLowSurrogate(text.charCodeAt(start)) ? start + 1 : start);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
