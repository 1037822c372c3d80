import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';

/**
 * Does an activity at a sandbox's host. A host that was away while no worker ran may be back by now, so a task that
 * nobody took in time is offered once more before the sandbox counts as lost.
 */
export async function atHost<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!wasNeverStarted(error)) throw error;
  }
  try {
    return await attempt();
  } catch (error) {
    if (!wasNeverStarted(error)) throw error;
    throw ApplicationFailure.nonRetryable('the host of the sandbox does not answer', 'SandboxLost');
  }
}

function wasNeverStarted(error: unknown): boolean {
  return (
    error instanceof ActivityFailure &&
    error.cause instanceof TimeoutFailure &&
    error.cause.timeoutType === 'SCHEDULE_TO_START'
  );
}
