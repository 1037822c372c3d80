import type { Message } from '../model/model-client.ts';

/**
 * Turns of a conversation as one text, each under a heading, for the model to search. `repliesBefore` counts those
 * that stand in earlier parts of the text. System messages are left out: they stay in the conversation.
 */
export function historyText(messages: readonly Message[], repliesBefore: number): string {
  let reply = repliesBefore;
  let text = '';
  for (const { role, content } of messages) {
    if (role === 'system') continue;
    if (role === 'assistant') reply += 1;
    const heading =
      role === 'assistant' ? `reply ${reply}` : reply === 0 ? 'first message' : `shown after reply ${reply}`;
    text += `===== ${heading} =====\n${content.trimEnd()}\n\n`;
  }
  return text;
}
