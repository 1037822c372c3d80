import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import { type HostTimes, sandboxActivities } from './activities.ts';
import { isFailureOf } from './failures.ts';
import { openSandboxOf, type RunningAgent } from './running-agent.ts';

type Attempt<T> = (activities: ReturnType<typeof sandboxActivities>) => Promise<T>;

/** Does an activity where the agent's sandbox is reached. */
export function atSandbox<T>(agent: RunningAgent, times: HostTimes, attempt: Attempt<T>): Promise<T> {
  return nearbyOrAtHost(
    agent,
    () => attempt(sandboxActivities(times, null)),
    () => attempt(sandboxActivities(times, openSandboxOf(agent).sandbox.host)),
  );
}

/**
 * The worker that has the workflow takes an activity without a round through the server, and it is mostly the one that
 * made the sandbox. Where another worker gets it, which cannot reach the sandbox, the agent turns to the task queue of
 * the sandbox's host, for good.
 */
export async function nearbyOrAtHost<T>(
  agent: RunningAgent,
  nearby: () => Promise<T>,
  atHost: () => Promise<T>,
): Promise<T> {
  if (agent.nearby) {
    try {
      return await nearby();
    } catch (error) {
      if (!isFailureOf(error, 'SandboxElsewhere')) throw error;
      agent.nearby = false;
    }
  }
  return twice(atHost);
}

/** A host that was away while no worker ran may be back by now, so a task that nobody took in time is offered again. */
async function twice<T>(attempt: () => Promise<T>): Promise<T> {
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
