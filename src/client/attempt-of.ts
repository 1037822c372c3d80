import type { Client, WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';

/** The present attempt of an agent, in whichever execution of its workflow it is by then, and no later one. */
export function attemptOf(client: Client, { workflowId, raw }: WorkflowExecutionDescription): WorkflowHandle {
  const first = raw.workflowExecutionInfo?.firstRunId;
  return client.workflow.getHandle(workflowId, undefined, first ? { firstExecutionRunId: first } : {});
}
