import type { Message } from '../model/model-client.ts';

/** The messages of a turn, with what users told the agent meanwhile at their end. */
export function withNotes(messages: readonly Message[], notes: readonly string[]): Message[] {
  const last = messages.at(-1);
  if (!last || notes.length === 0) return [...messages];
  const told = notes.map((note) => `The user tells you:\n${note}`);
  return [...messages.slice(0, -1), { ...last, content: [last.content, ...told].join('\n\n') }];
}
