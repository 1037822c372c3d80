import { ApplicationFailure, CancelledFailure } from '@temporalio/workflow';
import type { AgentError, AgentFailureDetails, AgentResult, Finish } from '../agent/agent-result.ts';
import { addUsage } from '../agent/sum-usage.ts';
import type { Usage } from '../agent/usage.ts';
import type { ArtifactReference } from '../artifacts/store.ts';
import type { StoredValue } from '../artifacts/stored-value.ts';
import type { RunningAgent } from './running-agent.ts';

/** How an agent's work ended. */
export type Outcome =
  | { status: 'completed'; finish: Finish; output: StoredValue }
  | { status: 'failed'; finish: Finish | null; error: AgentError }
  | { status: 'cancelled' };

/** The usage of the agent and of those below it that ended with a word. */
export function totalUsage({ usage, childUsage }: Pick<RunningAgent, 'usage' | 'childUsage'>): Usage {
  return childUsage.reduce(addUsage, usage);
}

/** Ends the workflow as the outcome says: by returning a result, or by throwing a failure. */
export function conclude(outcome: Outcome, usage: Usage, patch: ArtifactReference | null): AgentResult {
  switch (outcome.status) {
    case 'completed':
      return { status: 'completed', finish: outcome.finish, output: outcome.output, patch, usage };
    case 'failed': {
      const details: AgentFailureDetails = { finish: outcome.finish, usage };
      throw ApplicationFailure.create({
        type: outcome.error.type,
        message: outcome.error.message,
        nonRetryable: true,
        details: [details],
      });
    }
    case 'cancelled':
      throw new CancelledFailure('the agent was cancelled');
  }
}

/** What a sub-agent's failure tells of what it used, if it ended in its own way. */
export function failureDetails(cause: unknown): AgentFailureDetails | null {
  if (!(cause instanceof ApplicationFailure)) return null;
  const [details] = cause.details ?? [];
  return isDetails(details) ? details : null;
}

function isDetails(value: unknown): value is AgentFailureDetails {
  return typeof value === 'object' && value !== null && 'usage' in value && 'finish' in value;
}
