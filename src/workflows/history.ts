import { workflowInfo } from '@temporalio/workflow';

/** Temporal ends a workflow whose history has more than 51,200 events without a cleanup; this leaves room for one. */
const mostEvents = 40_000;

export const fullHistory = `the agent's history has ${mostEvents} events`;

/** Whether the agent must come to an end, because Temporal keeps no longer history. */
export function isHistoryFull(): boolean {
  return workflowInfo().historyLength > mostEvents;
}
