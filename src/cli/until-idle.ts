import type { Client } from '@temporalio/client';
import { agentWorkflowType } from '../agent/names.ts';

/** Resolves when no agent of a task queue is open. */
export async function untilIdle(client: Client, taskQueue: string): Promise<void> {
  const query = `WorkflowType = "${agentWorkflowType}" AND ExecutionStatus = "Running" AND TaskQueue = "${taskQueue}"`;
  for (;;) {
    const open: Promise<unknown>[] = [];
    for await (const { workflowId, runId } of client.workflow.list({ query })) {
      open.push(client.workflow.result(workflowId, runId, { followRuns: true }));
    }
    if (open.length === 0) return;
    // However they end: what counts is that they have.
    await Promise.allSettled(open);
  }
}
