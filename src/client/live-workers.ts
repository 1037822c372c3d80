import type { Client } from '@temporalio/client';
import { type WorkerKind, workerKind, workerRuns } from '../worker/worker-identity.ts';

/** The workflow queue, of the two that a task queue's name stands for. */
const workflowQueue = 1;

/** A living worker asks for work at least once a minute; Temporal remembers those that do not for five. */
const pollMs = 75_000;

/** The kinds of the workers that serve a task queue now. */
export async function liveWorkers(client: Client, taskQueue: string): Promise<WorkerKind[]> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: workflowQueue,
  });
  const live = (pollers ?? []).filter(({ identity, lastAccessTime }) => {
    const lastAccess = Number(lastAccessTime?.seconds ?? 0) * 1_000;
    return workerRuns(identity ?? '') ?? Date.now() - lastAccess < pollMs;
  });
  return live.map(({ identity }) => workerKind(identity ?? ''));
}
