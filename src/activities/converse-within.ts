import { ModelError } from '../errors.ts';
import { charactersPerToken } from '../prompts/estimate-tokens.ts';
import { fitConversation } from '../prompts/fit-conversation.ts';
import { type Conversed, type ConverseOptions, converse } from './conversation.ts';

const attempts = 4;

/**
 * As {@link converse}, with the conversation cut to about `tokens` (null: not at all). Where the provider still finds
 * it too long, for which it charges nothing, half of it is sent, and half of that, four times in all.
 */
export async function converseWithin(
  tokens: number | null,
  ...[dependencies, step, added, options]: Parameters<typeof converse>
): Promise<Conversed> {
  if (tokens === null) return converse(dependencies, step, added, options);
  for (let attempt = 1, fit = tokens; ; attempt += 1, fit /= 2) {
    const shorten: ConverseOptions['shorten'] = (messages) => fitConversation(messages, fit * charactersPerToken);
    try {
      return await converse(dependencies, step, added, { ...options, shorten });
    } catch (error) {
      const isTooLong = error instanceof ModelError && error.kind === 'context-length';
      if (!isTooLong || attempt === attempts) throw error;
    }
  }
}
