import { setTimeout as delay } from 'node:timers/promises';
import { ModelError, type ModelErrorKind } from '../errors.ts';

const retriedKinds: ReadonlySet<ModelErrorKind> = new Set(['rate-limited', 'unavailable', 'timeout', 'malformed']);

const firstDelayMs = 500;
const longestDelayMs = 30_000;

export interface RetryOptions {
  /** Attempts in all, the first included. Default: 6. */
  attempts?: number;
  /** Ends the waiting; its reason is thrown. */
  signal?: AbortSignal;
  /** Told before each wait. `attempt` is the number of attempts made so far. */
  onWait?: (wait: { attempt: number; delayMs: number; error: ModelError }) => void;
  /** A provider that asks for a longer wait than this, in milliseconds, ends the attempts. Default: 120,000. */
  longestRetryAfterMs?: number;
  /** Waits; replaced in tests. */
  wait?: (delayMs: number, signal: AbortSignal | undefined) => Promise<void>;
  /** From 0 to 1; replaced in tests. */
  random?: () => number;
}

/**
 * Asks again while the failure is of a kind that may pass: rate limits, unavailability, time-outs and malformed replies.
 * Waits as long as the provider asks, else exponentially longer from 0.5 s to 30 s, with jitter. The last failure is thrown.
 */
export async function withRetries<T>(attempt: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { attempts = 6, signal, longestRetryAfterMs = 120_000, wait = abortableDelay, random = Math.random } = options;
  for (let made = 1; ; made += 1) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (!isRetried(error) || made >= attempts) throw error;
      const delayMs = error.details.retryAfterMs ?? backoffMs(made, random());
      if (delayMs > longestRetryAfterMs) throw error;
      options.onWait?.({ attempt: made, delayMs, error });
      await wait(delayMs, signal);
    }
  }
}

/** Whether the same request may succeed later. */
export function isRetried(error: unknown): error is ModelError {
  return error instanceof ModelError && retriedKinds.has(error.kind);
}

/** Half of the exponential delay is certain, the other half spread, so that parallel queries do not return all at once. */
export function backoffMs(attemptsMade: number, random: number): number {
  const full = Math.min(longestDelayMs, firstDelayMs * 2 ** attemptsMade);
  return Math.round(full * (0.5 + random / 2));
}

async function abortableDelay(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(delayMs, undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
