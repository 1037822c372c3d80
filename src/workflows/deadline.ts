import { CancellationScope, sleep } from '@temporalio/workflow';

/** How a piece of work that had until a moment ended. */
export type Timed<T> = { kind: 'done'; value: T } | { kind: 'out-of-time' };

/**
 * Does the work until a moment (milliseconds since the epoch); what is under way then is cancelled.
 *
 * @param deadline Asked again when it is reached: it may have been put off.
 * @param held Waited for before.
 */
export async function untilDeadline<T>(
  deadline: () => number,
  work: () => Promise<T>,
  held: () => Promise<void> = async () => {},
): Promise<Timed<T>> {
  const scope = new CancellationScope();
  const timer = new CancellationScope();
  let outOfTime = false;
  const expiry = timer.run(async () => {
    for (let moment: number | null = null; moment !== deadline(); ) {
      moment = deadline();
      await sleep(Math.max(1, moment - Date.now()), { summary: 'time limit' });
      await held();
    }
    outOfTime = true;
    scope.cancel();
  });
  // The timer's own cancellation, when the work is done first, is no error.
  expiry.catch(() => {});
  try {
    return { kind: 'done', value: await scope.run(work) };
  } catch (error) {
    // Whatever a cancelled work ends with, a sub-agent's failure for one, is a consequence of that.
    if (outOfTime) return { kind: 'out-of-time' };
    throw error;
  } finally {
    timer.cancel();
  }
}

/** The part of the time held back for an answer at the end: the last 10%, at most 60 s. */
export function softDeadline(startedAt: number, deadline: number): number {
  return deadline - Math.min(60_000, (deadline - startedAt) * 0.1);
}
