import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { missingArtifactMessage } from '../artifacts/missing-payload.ts';
import type { Patience } from '../artifacts/paid-records.ts';
import { failure, toApplicationFailure } from './failures.ts';

/** Heartbeats also carry cancellation to the activity, so they bound how long a cancelled request goes on. */
const heartbeatMs = 1_000;

/** What the SDK cancels activities with that still run when their worker's time to stop is up. */
const workerShutdown = 'WORKER_SHUTDOWN';

/**
 * Wraps an activity: it heartbeats by a timer for as long as it runs, is told of cancellation by a signal, and fails only
 * with failures that workflows know. What it reports is seen in the Web UI while it runs.
 */
export function activity<Input, Output>(
  work: (input: Input, signal: AbortSignal, report: (progress: string) => void, patience: Patience) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return async (input) => {
    const context = Context.current();
    const { info, cancellationSignal: signal } = context;
    const startedAt = performance.now();
    // A local activity has no heartbeats; it learns of cancellation at once.
    let progress: string | undefined;
    const beat = info.isLocal ? undefined : setInterval(() => context.heartbeat(progress), heartbeatMs);
    const report = (said: string) => {
      progress = said;
    };
    const timeLeftMs = () => info.startToCloseTimeoutMs - (performance.now() - startedAt);
    try {
      const missing = missingArtifactMessage(input);
      if (missing !== null) throw failure('ArtifactMissing', missing);
      return await work(input, signal, report, { signal, report, timeLeftMs });
    } catch (error) {
      if (wasStopped(signal)) throw handedOver();
      throw toApplicationFailure(error);
    } finally {
      clearInterval(beat);
    }
  };
}

/** The failure of an activity whose worker stops: the workflow has another worker do it. */
export function handedOver(): Error {
  return failure('HandedOver', 'the worker was told to stop; another one does this');
}

function wasStopped({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof CancelledFailure && reason.message === workerShutdown;
}
