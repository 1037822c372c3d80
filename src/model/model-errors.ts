import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} from 'openai';
import { ModelError, type ModelErrorKind } from '../errors.ts';
import { retryAfterMs } from './retry-after.ts';

/** Whose request failed, and what its message must not show. */
export interface RequestOrigin {
  /** `provider/name`. */
  model: string;
  apiKey: string;
}

const wordsLimit = 300;

/**
 * Turns what the `openai` client threw into a {@link ModelError} with a message of one line. What is no failure of a
 * request, such as a mistake in our own code, comes back as it is, so that nobody tries it again.
 */
export function classifyModelError(error: unknown, origin: RequestOrigin): unknown {
  if (error instanceof APIConnectionTimeoutError) {
    return new ModelError('timeout', `${origin.model}: no complete answer within the time limit`);
  }
  if (error instanceof APIConnectionError) {
    return new ModelError('unavailable', line(origin, 'cannot be reached', causeOf(error)));
  }
  if (error instanceof APIError) return classifyStatus(error, origin);
  if (error instanceof SyntaxError) {
    return new ModelError('malformed', line(origin, 'the reply is not JSON', error.message));
  }
  return error;
}

/** A failure that came in the body of a reply whose own status was a success. */
export function errorInBody(status: number | undefined, words: string, origin: RequestOrigin): ModelError {
  if (status === undefined || status < 400) return new ModelError('malformed', line(origin, 'no completion', words));
  return classifyStatus(APIError.generate(status, { error: { message: words } }, undefined, new Headers()), origin);
}

function classifyStatus(error: APIError, origin: RequestOrigin): ModelError {
  const status = error.status as number | undefined;
  const wait = retryAfterMs(error.headers);
  const details = {
    ...(status === undefined ? {} : { status }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  };
  const kind = kindOf(error);
  const what = status === undefined ? kind : `${status} ${kind}`;
  return new ModelError(kind, line(origin, what, providerWords(error)), details);
}

function kindOf(error: APIError): ModelErrorKind {
  if (error instanceof RateLimitError) return isOutOfQuota(error) ? 'rejected' : 'rate-limited';
  if (error instanceof InternalServerError) return 'unavailable';
  if (error instanceof AuthenticationError || error instanceof PermissionDeniedError) return 'unauthorized';
  if (error instanceof NotFoundError) return 'not-found';
  if (isTooLong(error)) return 'context-length';
  if (error instanceof BadRequestError || error instanceof UnprocessableEntityError) return 'rejected';
  if ((error.status as number | undefined) === 408) return 'timeout';
  return 'rejected';
}

/** An account without money answers 429 too, but no wait helps. */
function isOutOfQuota(error: APIError): boolean {
  return error.code === 'insufficient_quota' || error.type === 'insufficient_quota';
}

const tooLongWords =
  /context[_ ](length|window|size|limit)|maximum (context|prompt length|model length)|prompt is too long|too many (input |prompt )?tokens|input (is )?too long|exceeds? (the )?(model's )?(maximum|max) (number of )?(input )?tokens|`?inputs`? tokens \+/i;

function isTooLong(error: APIError): boolean {
  return error.code === 'context_length_exceeded' || tooLongWords.test(providerWords(error));
}

/** The provider's own message; OpenRouter keeps what the model's host said in `metadata.raw`. */
function providerWords(error: APIError): string {
  const body = error.error as { message?: unknown; metadata?: { raw?: unknown } } | undefined;
  const message = typeof body?.message === 'string' ? body.message : error.message;
  const raw = body?.metadata?.raw;
  return typeof raw === 'string' && raw !== message ? `${message}: ${raw}` : message;
}

/** The innermost message: the outer ones only say that something failed. */
function causeOf(error: unknown): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  if (innermost instanceof AggregateError && !innermost.message) innermost = innermost.errors[0];
  return innermost instanceof Error ? innermost.message : String(innermost);
}

function line(origin: RequestOrigin, what: string, words: string): string {
  return `${origin.model}: ${what}: ${shorten(withoutKeys(words, origin.apiKey))}`;
}

function withoutKeys(words: string, apiKey: string): string {
  const hidden = apiKey.length >= 8 ? words.replaceAll(apiKey, '[key]') : words;
  return hidden.replace(/\bsk-[\w*.-]+/g, '[key]');
}

function shorten(words: string): string {
  const oneLine = words.replace(/\s+/g, ' ').trim();
  return oneLine.length <= wordsLimit ? oneLine : `${oneLine.slice(0, wordsLimit)}…`;
}
