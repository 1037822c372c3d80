import { type Client, type WorkflowExecutionStatusName, WorkflowNotFoundError } from '@temporalio/client';
import { firstWords } from './first-words.ts';
import type { AgentWorkflow } from './orphans.ts';

/** With any other status, also one that this version does not know, a workflow may still go on. */
const closed: readonly WorkflowExecutionStatusName[] = ['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT'];

/** Asks Temporal for a workflow itself, not its index of workflows, which lags behind. */
export async function askWorkflow(client: Client, agentId: string): Promise<AgentWorkflow> {
  try {
    const { status, raw } = await client.workflow.getHandle(agentId).describe();
    if (closed.includes(status.name)) return { state: 'closed', status: status.name.toLowerCase().replace('_', ' ') };
    return { state: 'open', lineage: raw.workflowExecutionInfo?.firstRunId || null };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { state: 'unknown' };
    return { state: 'unanswered', reason: `Temporal does not say how its agent is: ${firstWords(error)}` };
  }
}
