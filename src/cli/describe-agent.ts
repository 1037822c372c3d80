import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import type { RlmConnection } from '../connection.ts';

/** What Temporal knows of a run or an agent; null when it knows none of that id. */
export async function describeAgent(
  { client }: RlmConnection,
  agentId: string,
): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.workflow.getHandle(agentId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
