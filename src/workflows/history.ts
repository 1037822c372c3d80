import { workflowInfo } from '@temporalio/workflow';

/** Temporal ends a workflow whose history has more than 51,200 events without a cleanup; this leaves room for one. */
const mostEvents = 40_000;

/** Why the agent must come to an end, when its history is nearly as long as Temporal keeps one; else null. */
export function fullHistory(): string | null {
  return workflowInfo().historyLength > mostEvents ? `the agent's history has ${mostEvents} events` : null;
}
