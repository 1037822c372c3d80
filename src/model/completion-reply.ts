import { z } from 'zod';
import type { ModelUsage } from '../agent/usage.ts';
import { ModelError } from '../errors.ts';
import { errorInBody, type RequestOrigin } from './model-errors.ts';

const tokens = z.number().int().nonnegative().nullish().catch(null);

const ErrorBody = z.object({ message: z.string().catch('no message'), code: z.unknown().optional() });

const Choice = z.object({
  message: z.object({
    content: z.string().nullish(),
    reasoning: z.string().nullish().catch(null),
    reasoning_content: z.string().nullish().catch(null),
    refusal: z.string().nullish().catch(null),
  }),
  finish_reason: z.string().nullish(),
  error: ErrorBody.nullish(),
});

/** The parts of a chat completion that are used here. */
const CompletionReply = z.object({
  choices: z.array(Choice).min(1),
  usage: z
    .object({
      prompt_tokens: tokens,
      completion_tokens: tokens,
      prompt_tokens_details: z.object({ cached_tokens: tokens }).nullish().catch(null),
      cost: z.number().nonnegative().nullish().catch(null),
    })
    .nullish(),
});

const ErrorReply = z.object({ error: ErrorBody });

/** A chat completion in our own words. */
export interface Reply {
  text: string;
  reasoning: string | null;
  finishReason: string | null;
  tokens: Omit<ModelUsage, 'costUsd'>;
  /** What the provider says it cost, in US dollars. */
  reportedCostUsd: number | null;
  /** False when the provider did not count, so that the cost is unknown too. */
  counted: boolean;
}

/**
 * Reads the body of a successful reply.
 *
 * @throws ModelError `malformed` when it is no completion, or the kind of the error that it carries: some providers
 * report the failure of the model's host in a reply with status 200.
 */
export function readReply(body: unknown, origin: RequestOrigin): Reply {
  const reply = CompletionReply.safeParse(body);
  if (!reply.success) throw notACompletion(body, reply.error, origin);
  const [choice] = reply.data.choices;
  if (!choice) throw new ModelError('malformed', `${origin.model}: the reply has no choices`);
  if (choice.error) throw errorInBody(statusOf(choice.error.code), choice.error.message, origin);
  const { message } = choice;
  const usage = reply.data.usage;
  const promptTokens = usage?.prompt_tokens ?? 0;
  return {
    text: message.content || message.refusal || '',
    reasoning: message.reasoning || message.reasoning_content || null,
    finishReason: choice.finish_reason ?? null,
    tokens: {
      promptTokens,
      cachedTokens: Math.min(promptTokens, usage?.prompt_tokens_details?.cached_tokens ?? 0),
      completionTokens: usage?.completion_tokens ?? 0,
    },
    reportedCostUsd: usage?.cost ?? null,
    counted: usage?.prompt_tokens != null && usage.completion_tokens != null,
  };
}

function notACompletion(body: unknown, error: z.ZodError, origin: RequestOrigin): ModelError {
  const failure = ErrorReply.safeParse(body);
  if (failure.success) return errorInBody(statusOf(failure.data.error.code), failure.data.error.message, origin);
  if (typeof body !== 'object' || body === null)
    return errorInBody(undefined, 'the reply is not a JSON object', origin);
  const issue = error.issues[0];
  return errorInBody(undefined, `${issue?.path.join('.') || 'reply'}: ${issue?.message ?? 'unexpected'}`, origin);
}

/** The HTTP status that an error's code is, if it is one. */
export function statusOf(code: unknown): number | undefined {
  const status = Number(code);
  return Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined;
}
