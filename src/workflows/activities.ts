import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/create-activities.ts';
import type { SandboxReference } from '../sandbox/provider.ts';

/** A cancelled workflow goes on to its cleanup at once; the activity learns of it by its next heartbeat. */
const cancellationType = ActivityCancellationType.TRY_CANCEL;

const byClass = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' };

/** Activities that any worker can do. */
export const anywhere = proxyActivities<Activities>({
  startToCloseTimeout: '11 minutes',
  heartbeatTimeout: '10s',
  cancellationType,
  retry: { ...byClass, maximumAttempts: 6 },
});

/** Preparing and recording read and write artifacts only. */
export const brief = proxyActivities<Activities>({
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '10s',
  cancellationType,
  retry: { ...byClass, maximumAttempts: 3 },
});

interface HostTimes {
  startToCloseTimeout: NonNullable<ActivityOptions['startToCloseTimeout']>;
  maximumAttempts: number;
}

/** What each kind of activity at a sandbox may take. */
export const hostTimes = {
  cell: { startToCloseTimeout: '60s', maximumAttempts: 3 },
  query: { startToCloseTimeout: '30 minutes', maximumAttempts: 6 },
  answer: { startToCloseTimeout: '60s', maximumAttempts: 3 },
  interrupt: { startToCloseTimeout: '10s', maximumAttempts: 3 },
  close: { startToCloseTimeout: '30s', maximumAttempts: 3 },
} as const satisfies Record<string, HostTimes>;

/** Activities that must run where the sandbox is reached. */
export function atSandbox(sandbox: SandboxReference, { startToCloseTimeout, maximumAttempts }: HostTimes) {
  return proxyActivities<Activities>({
    // A host that does not answer in time counts as gone.
    ...(sandbox.host === null ? {} : { taskQueue: sandbox.host, scheduleToStartTimeout: '15s' }),
    startToCloseTimeout,
    heartbeatTimeout: '10s',
    cancellationType,
    retry: { ...byClass, maximumAttempts },
  });
}
