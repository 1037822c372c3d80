import type { Message } from '../model/model-client.ts';
import { readCompactedNote } from './compaction.ts';
import { cutMiddleOfText } from './cut-middle.ts';
import { shareLimit } from './share-limit.ts';

/** A message is not cut to less than this; where that is not enough, the oldest turns are left out. */
const leastCharacters = 400;

/** What {@link cutMiddleOfText} adds to what it leaves. */
const cutMark = 80;

/**
 * A conversation that fits into so many characters: long messages are cut in the middle, and where there are too many
 * the oldest are left out. Its opening and the last message stay word for word, also where they alone are longer.
 */
export function fitConversation(messages: readonly Message[], characters: number): Message[] {
  const opening = openingOf(messages);
  const first = messages.slice(0, opening);
  const last = messages.slice(Math.max(opening, messages.length - 1));
  const room = Math.max(0, characters - lengthOf(first) - lengthOf(last));
  return [...first, ...cutTo(newest(messages.slice(opening, -1), room), room), ...last];
}

/**
 * The newest turns of a conversation that fit into so many characters, word for word, from a reply on; the very last
 * reply in any case, cut in the middle where it is too long.
 */
export function newestTurns(messages: readonly Message[], characters: number): Message[] {
  const opening = openingOf(messages);
  let start = messages.length;
  let length = 0;
  for (let index = messages.length - 1; index >= opening; index -= 1) {
    const message = messages[index];
    length += message?.content.length ?? 0;
    if (length > characters) break;
    if (message?.role === 'assistant') start = index;
  }
  if (start < messages.length) return messages.slice(start);
  return cutTo(messages.filter(({ role }) => role === 'assistant').slice(-1), characters);
}

/** How many messages it has before its turns: system and first message, and what an earlier compaction left. */
function openingOf(messages: readonly Message[]): number {
  return readCompactedNote(messages[3]?.content ?? '') === null ? 2 : 4;
}

/** Characters of all messages. */
export function lengthOf(messages: readonly Message[]): number {
  return messages.reduce((sum, { content }) => sum + content.length, 0);
}

/** Leaves out the oldest replies, each with what it showed, until the rest need not be cut too short. */
function newest(messages: readonly Message[], room: number): Message[] {
  const most = Math.floor(room / (leastCharacters + cutMark));
  const kept = lengthOf(messages) <= room ? messages.length : Math.min(messages.length, most);
  return messages.slice(messages.length - kept + ((messages.length - kept) % 2));
}

function cutTo(messages: readonly Message[], room: number): Message[] {
  if (lengthOf(messages) <= room) return [...messages];
  const marks = messages.length * cutMark;
  const shares = shareLimit(
    messages.map(({ content }) => content.length),
    Math.max(0, room - marks),
  );
  return messages.map(({ role, content }, index) => ({ role, content: cutMiddleOfText(content, shares[index] ?? 0) }));
}
