import type { Client } from '@temporalio/client';
import type { ExternalStorage } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { inject } from 'vitest';
import { installRuntime } from '../../src/worker/runtime.ts';

/** Replays the histories of these workflows with the code under test; throws where it decides otherwise. */
export async function replay(client: Client, workflowIds: readonly string[]): Promise<void> {
  for (const workflowId of workflowIds) {
    const history = await client.workflow.getHandle(workflowId).fetchHistory();
    await replayHistory(history, workflowId, client.options.loadedDataConverter.externalStorage);
  }
}

export async function replayHistory(
  history: unknown,
  workflowId: string,
  externalStorage?: ExternalStorage,
): Promise<void> {
  installRuntime();
  const workflowBundle = { codePath: inject('workflowBundlePath') };
  const dataConverter = externalStorage ? { externalStorage } : {};
  await Worker.runReplayHistory({ workflowBundle, dataConverter }, history, workflowId);
}
