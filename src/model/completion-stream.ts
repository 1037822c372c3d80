import { APIConnectionError, APIError } from 'openai';
import { z } from 'zod';
import { ModelError } from '../errors.ts';
import { statusOf } from './completion-reply.ts';
import type { ReplyProgress } from './model-client.ts';
import { errorInBody, type RequestOrigin } from './model-errors.ts';

const piece = z.string().nullish().catch(null);

const Chunk = z.object({
  choices: z
    .array(
      z.object({
        delta: z.object({ content: piece, reasoning: piece, reasoning_content: piece, refusal: piece }).nullish(),
        finish_reason: piece,
        error: z.unknown().optional(),
      }),
    )
    .nullish(),
  usage: z.unknown().optional(),
});

/**
 * Reads a completion that comes in pieces, and returns it as if it had come at once, for `readReply` to judge.
 *
 * @param onProgress Told, after each piece, everything that has been said so far.
 * @throws ModelError when the provider ends it with an error, or before its end.
 */
export async function readCompletionStream(
  chunks: AsyncIterable<unknown>,
  onProgress: (progress: ReplyProgress) => void,
  origin: RequestOrigin,
): Promise<unknown> {
  const message = { content: '', reasoning: '', refusal: '' };
  const end: { finish_reason: string | null; error?: unknown; usage?: unknown } = { finish_reason: null };
  try {
    for await (const part of chunks) {
      const parsed = Chunk.safeParse(part);
      if (!parsed.success) throw new ModelError('malformed', `${origin.model}: a piece of the reply is none`);
      const chunk = parsed.data;
      end.usage = chunk.usage ?? end.usage;
      const [choice] = chunk.choices ?? [];
      if (!choice) continue;
      const { delta } = choice;
      message.content += delta?.content ?? '';
      message.reasoning += delta?.reasoning ?? delta?.reasoning_content ?? '';
      message.refusal += delta?.refusal ?? '';
      end.finish_reason = choice.finish_reason ?? end.finish_reason;
      end.error = choice.error ?? end.error;
      onProgress({ text: message.content, reasoning: message.reasoning });
    }
  } catch (error) {
    // An error among the pieces has no status of its own but the one that it names.
    if (error instanceof APIError && error.status === undefined && error.error)
      throw errorInBody(statusOf(error.code), error.message, origin);
    // The connection ended in the middle.
    if (error instanceof Error && 'code' in error && !(error instanceof APIError))
      throw new APIConnectionError({ cause: error });
    throw error;
  }
  const { usage, ...rest } = end;
  if (end.finish_reason === null && !end.error && !usage)
    throw new ModelError('malformed', `${origin.model}: the reply ended before it was complete`);
  return { choices: [{ message, ...rest }], usage };
}
