import { type ConnectionLike, ScheduleAlreadyRunning, ScheduleClient, ScheduleOverlapPolicy } from '@temporalio/client';
import { firstWords } from './first-words.ts';

/** The workflow type that sweeps once. */
export const sweeperWorkflowType = 'sweeper';

export interface SweeperPlace {
  connection: ConnectionLike;
  namespace: string;
  /** The workers of this queue do the sweeping. */
  taskQueue: string;
}

const timeoutMs = 5_000;

/** The id of the schedule by which the workers of a task queue sweep. */
export function sweeperScheduleId(taskQueue: string): string {
  return `rlm-sweeper-${taskQueue}`;
}

/**
 * Has Temporal start the sweeper every ten minutes. However many workers ask for it, there is one schedule for each task
 * queue. Where the server refuses, that is said once, as a warning of the process: nothing else depends on it.
 */
export async function scheduleSweeper({ connection, namespace, taskQueue }: SweeperPlace): Promise<void> {
  const scheduleId = sweeperScheduleId(taskQueue);
  const schedules = new ScheduleClient({ connection, namespace });
  try {
    await schedules.withDeadline(Date.now() + timeoutMs, () =>
      schedules.create({
        scheduleId,
        spec: { intervals: [{ every: '10 minutes' }], jitter: '1 minute' },
        // What was missed while the server was down is not made up for: one sweep finds everything.
        policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
        action: {
          type: 'startWorkflow',
          workflowType: sweeperWorkflowType,
          workflowId: scheduleId,
          taskQueue,
          args: [],
        },
      }),
    );
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) warnOnce(error);
  }
}

let warned = false;

function warnOnce(error: unknown): void {
  if (warned) return;
  warned = true;
  process.emitWarning(
    `sandboxes that a crash leaves behind are not swept by themselves, as Temporal made no schedule for it ` +
      `(${firstWords(error)}); "rlm sandboxes --sweep" deletes them`,
  );
}
