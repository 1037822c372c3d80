import type { WorkflowExecutionDescription } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { AgentError, Status } from '../agent/agent-result.ts';
import { Limits } from '../agent/limits.ts';
import { newUsage } from '../agent/sum-usage.ts';
import type { RunDocument } from '../results/run-document.ts';

/** The results of a run that left none: one that never began, or was terminated before its cleanup, or failed by that. */
export function runWithoutRecord(description: WorkflowExecutionDescription, failure?: unknown): RunDocument {
  const status: Status = description.status.name === 'CANCELLED' ? 'cancelled' : 'failed';
  const error: AgentError | undefined =
    status === 'cancelled'
      ? undefined
      : failure instanceof ApplicationFailure
        ? { type: failure.type ?? 'Internal', message: failure.message }
        : { type: description.status.name, message: 'the run ended before it could write its results' };
  const startedAt = description.startTime.toISOString();
  const durationMs = (description.closeTime ?? new Date()).getTime() - description.startTime.getTime();
  const common = { status, finish: null, output: null, ...(error ? { error } : {}), startedAt, durationMs, model: '' };
  return {
    ...common,
    runId: description.workflowId,
    usage: newUsage(0),
    recoveries: 0,
    compactions: 0,
    signature: '',
    limits: Limits.parse({}),
    scripted: false,
    root: {
      ...common,
      agentId: description.workflowId,
      depth: 0,
      task: '',
      sandboxId: null,
      usage: newUsage(0),
      iterations: [],
      compactions: 0,
      children: [],
    },
  };
}
