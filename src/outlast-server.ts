import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';

/** What gRPC calls a server that cannot be reached or is not ready, and calls that the caller ended. */
const unavailable = 14;
const endedByCaller: readonly number[] = [1, 4];

/** For so long a call waits for a server that does not answer, in milliseconds. */
const patienceMs = 10 * 60_000;

/** A server that does not answer for as long as this is worth a word; one that is restarted at once is not. */
const unnoticedMs = 2_000;

/** A failure so long after another belongs to another absence, in milliseconds. */
const forgottenMs = 60_000;

/**
 * An interceptor for a client's calls, by which they outlast a Temporal server that is away: they are made again for ten
 * minutes, then fail. Other passing errors are retried as the SDK does.
 *
 * @param onWait Told once when the server does not answer, and when it does again.
 */
export function outlastServer(onWait: (message: string) => void = () => {}) {
  const usual = defaultGrpcRetryOptions();
  let awaySince: number | null = null;
  let lastFailure = 0;
  let told = false;
  const away = () => {
    const now = performance.now();
    if (awaySince === null || now - lastFailure > forgottenMs) awaySince = now;
    lastFailure = now;
    const forMs = now - awaySince;
    if (forMs > unnoticedMs && !told) {
      told = true;
      onWait('the Temporal server does not answer; waiting');
    }
    return forMs;
  };
  const back = () => {
    if (told) onWait('the Temporal server answers again');
    awaySince = null;
    told = false;
  };
  return makeGrpcRetryInterceptor({
    delayFunction: usual.delayFunction,
    retryableDecider(attempt, status) {
      if (status.code === unavailable) return away() < patienceMs;
      if (!endedByCaller.includes(status.code)) back();
      return usual.retryableDecider(attempt, status);
    },
  });
}
