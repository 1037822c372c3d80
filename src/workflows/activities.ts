import {
  ActivityCancellationType,
  type ActivityOptions,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.ts';
import { enduring } from './enduring.ts';

/** A cancelled workflow goes on to its cleanup at once; the activity learns of it by its next heartbeat. */
const cancellationType = ActivityCancellationType.TRY_CANCEL;

const byClass = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' };

const offeredToAll = proxyActivities<Activities>({
  startToCloseTimeout: '11 minutes',
  heartbeatTimeout: '10s',
  cancellationType,
  retry: { ...byClass, maximumAttempts: 6 },
});

/** Activities that any worker can do. */
export const anywhere = enduring(offeredToAll);

/** How long preparing, which no limit of the run reaches yet, and recording, which none reaches any more, wait for the store. */
const unlimitedWaitMs = { preparing: 60 * 60_000, recording: 10 * 60_000 };

/** What comes before a run's time is counted. */
export const beforehand = enduring(offeredToAll, unlimitedWaitMs.preparing);

const artifactsOnly = proxyActivities<Activities>({
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '10s',
  cancellationType,
  retry: { ...byClass, maximumAttempts: 3 },
});

/** Recording reads and writes artifacts only. */
export const brief = enduring(artifactsOnly, unlimitedWaitMs.recording);

/** The same between two executions, where the store may be waited for until a moment (milliseconds since the epoch). */
export function briefUntil(deadline: number) {
  return enduring(artifactsOnly, deadline - Date.now());
}

/**
 * Cells that end soon are run within the workflow task, by the worker that has the workflow: that takes a fifth of the
 * time of an activity with a task of its own, and half the server's work for an iteration.
 */
export const withinTask = proxyLocalActivities<Activities>({
  startToCloseTimeout: '2s',
  cancellationType,
  retry: { maximumAttempts: 1 },
});

export interface HostTimes {
  startToCloseTimeout: NonNullable<ActivityOptions['startToCloseTimeout']>;
  maximumAttempts: number;
}

/** What each kind of activity at a sandbox may take. */
export const hostTimes = {
  cell: { startToCloseTimeout: '60s', maximumAttempts: 3 },
  query: { startToCloseTimeout: '30 minutes', maximumAttempts: 6 },
  answer: { startToCloseTimeout: '60s', maximumAttempts: 3 },
  interrupt: { startToCloseTimeout: '10s', maximumAttempts: 3 },
  patch: { startToCloseTimeout: '5 minutes', maximumAttempts: 3 },
  close: { startToCloseTimeout: '30s', maximumAttempts: 3 },
} as const satisfies Record<string, HostTimes>;

/** Activities at a sandbox: done by any worker, or, with `host`, by those of that host. */
export function sandboxActivities({ startToCloseTimeout, maximumAttempts }: HostTimes, host: string | null) {
  return enduring(
    proxyActivities<Activities>({
      // A host that does not answer in time counts as gone.
      ...(host === null ? {} : { taskQueue: host, scheduleToStartTimeout: '15s' }),
      startToCloseTimeout,
      heartbeatTimeout: '10s',
      cancellationType,
      retry: { ...byClass, maximumAttempts },
    }),
  );
}
