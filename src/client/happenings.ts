import proto, { type temporal } from '@temporalio/proto';
import type { AgentArguments } from '../agent/agent-arguments.ts';
import { controlSignals, Note, RetryRequest } from '../agent/control.ts';
import { taskAmong } from '../agent/task-of.ts';
import type { ModelTurn } from '../agent/turn.ts';
import type { StoredValue } from '../artifacts/stored-value.ts';
import type { Happening } from './run-events.ts';

const { WorkflowTaskFailedCause } = proto.temporal.api.enums.v1;

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

const workerFailures = [
  WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE,
  WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR,
];

/** What an agent is asked, as the arguments of its workflow say it. */
export function taskOfArguments(given: AgentArguments | undefined): string | null {
  if (given?.fork) return `fork of ${given.fork.source} after iteration ${given.fork.after}`;
  const inputs = given?.place?.prepared.inputs;
  const task = inputs?.find((input) => input.name === 'task');
  if (task) return task.preview.preview;
  const values = Object.entries(given?.inputs ?? {});
  const text = taskAmong(values.flatMap(([name, value]) => (typeof value === 'string' ? [{ name, value }] : [])));
  if (text) return text.value;
  return given?.agent ?? (typeof given?.signature === 'string' ? given.signature : (given?.signature?.text ?? null));
}

/** A reply of the model: its code as it is shown, since enormous code is not in the history. */
export function modelReplied(iteration: number, { reply, preview, usage, transcript }: ModelTurn): Happening {
  const code = reply.kind === 'code' ? codeText(reply.code) : null;
  return { type: 'model-replied', iteration, code, reasoning: preview, usage, transcript };
}

function codeText(code: StoredValue): string {
  return 'artifact' in code ? `# ${code.artifact.bytes} bytes of code` : String(code.value);
}

/** What a user's signal says. */
export function steered(verb: string, given: unknown): Happening[] {
  switch (verb) {
    case controlSignals.pause:
    case controlSignals.resume:
      return [{ type: 'steered', verb, detail: '' }];
    case controlSignals.tell:
      return [{ type: 'steered', verb, detail: Note.safeParse(given).data?.text ?? '' }];
    case controlSignals.retry:
      return [{ type: 'steered', verb, detail: RetryRequest.safeParse(given).data?.agentId ?? '' }];
    default:
      return [];
  }
}

/** Temporal tries a workflow task that failed again and again; what the server or a dead worker did is none of it. */
export function taskFailed({ workflowTaskFailedEventAttributes: failed }: HistoryEvent): Happening[] {
  if (!failed || !workerFailures.some((cause) => cause === failed.cause)) return [];
  return [{ type: 'retrying', activity: 'its workflow', attempt: 1, message: failed.failure?.message ?? '' }];
}

/** How an execution ended, unless another goes on in its place or its result tells more. */
export function ended(event: HistoryEvent): Happening[] {
  if (event.workflowExecutionCanceledEventAttributes)
    return [{ type: 'agent-ended', status: 'cancelled', error: null }];
  const failure = event.workflowExecutionFailedEventAttributes?.failure;
  if (failure) {
    const type = failure.applicationFailureInfo?.type ?? 'Internal';
    return [{ type: 'agent-ended', status: 'failed', error: { type, message: failure.message ?? '' } }];
  }
  if (event.workflowExecutionTerminatedEventAttributes) {
    const message = event.workflowExecutionTerminatedEventAttributes.reason || 'the workflow was terminated';
    return [{ type: 'agent-ended', status: 'failed', error: { type: 'Terminated', message } }];
  }
  if (event.workflowExecutionTimedOutEventAttributes) {
    const error = { type: 'TimedOut', message: 'the workflow timed out' };
    return [{ type: 'agent-ended', status: 'failed', error }];
  }
  return [];
}
