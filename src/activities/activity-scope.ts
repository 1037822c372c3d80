import { Context } from '@temporalio/activity';
import { toApplicationFailure } from './failures.ts';

/** Heartbeats also carry cancellation to the activity, so they bound how long a cancelled request goes on. */
const heartbeatMs = 1_000;

/**
 * Wraps an activity: it heartbeats by a timer for as long as it runs, is told of cancellation by a signal, and fails only
 * with failures that workflows know. What it reports is seen in the Web UI while it runs.
 */
export function activity<Input, Output>(
  work: (input: Input, signal: AbortSignal, report: (progress: string) => void) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return async (input) => {
    const context = Context.current();
    // A local activity has no heartbeats; it learns of cancellation at once.
    let progress: string | undefined;
    const beat = context.info.isLocal ? undefined : setInterval(() => context.heartbeat(progress), heartbeatMs);
    try {
      return await work(input, context.cancellationSignal, (said) => {
        progress = said;
      });
    } catch (error) {
      throw toApplicationFailure(error);
    } finally {
      clearInterval(beat);
    }
  };
}
