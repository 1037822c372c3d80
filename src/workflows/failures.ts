import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { AgentError } from '../agent/agent-result.ts';
import type { FailureType } from '../failure-types.ts';

/** The failure beneath the wrappers that Temporal puts around it. */
export function rootCause(error: unknown): unknown {
  if ((error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) && error.cause) {
    return rootCause(error.cause);
  }
  return error;
}

/** Whether an activity or a child failed with one of these types. */
export function isFailureOf(error: unknown, ...types: FailureType[]): boolean {
  const cause = rootCause(error);
  return cause instanceof ApplicationFailure && types.some((type) => type === cause.type);
}

/** A failure in one sentence, for a model or a person. */
export function readableFailure(error: unknown): string {
  const cause = rootCause(error);
  if (cause instanceof CancelledFailure) return 'it was cancelled';
  if (cause instanceof TerminatedFailure) return 'it was terminated';
  if (cause instanceof TimeoutFailure)
    return `${error instanceof ActivityFailure ? error.activityType : 'it'} took too long`;
  return cause instanceof Error ? cause.message : String(cause);
}

/** What the results say of the failure that ended an agent. */
export function agentError(error: unknown): AgentError {
  const cause = rootCause(error);
  const message = readableFailure(error);
  if (cause instanceof ApplicationFailure) return { type: knownType(cause.type), message };
  if (cause instanceof TimeoutFailure) return { type: 'ActivityTimeout', message };
  if (cause instanceof TemporalFailure) return { type: cause.name, message };
  return { type: 'Internal', message };
}

function knownType(type: string | undefined | null): string {
  return type && type !== 'Error' ? type : 'Internal';
}
