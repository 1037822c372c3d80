import type { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { inject } from 'vitest';
import { installRuntime } from '../../src/worker/runtime.ts';

/** Replays the histories of these workflows with the code under test; throws where it decides otherwise. */
export async function replay(client: Client, workflowIds: readonly string[]): Promise<void> {
  for (const workflowId of workflowIds) {
    await replayHistory(await client.workflow.getHandle(workflowId).fetchHistory(), workflowId);
  }
}

export async function replayHistory(history: unknown, workflowId: string): Promise<void> {
  installRuntime();
  await Worker.runReplayHistory({ workflowBundle: { codePath: inject('workflowBundlePath') } }, history, workflowId);
}
