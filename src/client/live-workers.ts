import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { type WorkerKind, workerKind, workerRuns } from '../worker/worker-identity.ts';

type Poller = temporal.api.taskqueue.v1.IPollerInfo;

/** The workflow queue, of the two that a task queue's name stands for. */
const workflowQueue = 1;

/** A living worker asks for work at least once a minute; Temporal remembers those that do not for five. */
const pollMs = 75_000;

/** The kinds of the workers that serve a task queue now. */
export async function liveWorkers(client: Client, taskQueue: string): Promise<WorkerKind[]> {
  const live = (await workflowPollers(client, taskQueue)).filter(isLive);
  return live.map(({ identity }) => workerKind(identity ?? ''));
}

/** Those who asked for workflow tasks of a task queue in the last minutes. */
export async function workflowPollers(client: Client, taskQueue: string): Promise<Poller[]> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: workflowQueue,
  });
  return pollers ?? [];
}

/** Whether one who asked for work is still there. */
export function isLive({ identity, lastAccessTime }: Poller): boolean {
  const lastAccess = Number(lastAccessTime?.seconds ?? 0) * 1_000;
  return workerRuns(identity ?? '') ?? Date.now() - lastAccess < pollMs;
}
