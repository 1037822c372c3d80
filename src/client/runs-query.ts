import { agentWorkflowType } from '../agent/names.ts';

/** Finds the runs among Temporal's workflows, each once: not its sub-agents, nor those of its executions that went on in others. */
export const runsQuery = `WorkflowType = "${agentWorkflowType}" AND ParentWorkflowId IS NULL AND ExecutionStatus != "ContinuedAsNew"`;
