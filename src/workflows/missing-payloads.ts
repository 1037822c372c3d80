import { defaultPayloadConverter } from '@temporalio/common';
import type { coresdk } from '@temporalio/proto';
import type { WorkflowInterceptors } from '@temporalio/workflow';
import { isMissingPayload, missingArtifactMessage } from '../artifacts/missing-payload.ts';
import type { FailureType } from '../failure-types.ts';

type Job = coresdk.workflow_activation.IWorkflowActivationJob;
type Payload = NonNullable<Parameters<typeof isMissingPayload>[0]>;
type Result = { completed?: { result?: Payload | null } | null; failed?: object | null };

/**
 * Results of activities and sub-agents whose artifacts are missing become failures of the type `ArtifactMissing`: the
 * agent ends by it, or a cell is told.
 *
 * A history that went on with such a result cannot be replayed without it, and what a client said must not be dropped:
 * there the workflow task fails by a message that names the artifact, and is tried again until the artifact is back.
 */
export function interceptors(): WorkflowInterceptors {
  return {
    internals: [
      {
        activate(input, next) {
          const { isReplaying, jobs } = input.activation;
          for (const job of jobs ?? []) failWhereMissing(job, isReplaying ?? false);
          next(input);
        },
      },
    ],
  };
}

function failWhereMissing(job: Job, isReplaying: boolean): void {
  const result: Result | null | undefined = job.resolveActivity?.result ?? job.resolveChildWorkflowExecution?.result;
  const payload = result?.completed?.result;
  if (result && payload && isMissingPayload(payload)) {
    if (isReplaying) throw new Error(messageOf(payload));
    result.failed = { failure: failureOf(payload) };
    result.completed = null;
  }
  // What an agent was started with goes on to an activity, which fails by it; only a replay cannot.
  const given = isReplaying ? (job.initializeWorkflow?.arguments ?? []) : [];
  for (const each of [...given, ...(job.signalWorkflow?.input ?? []), ...(job.doUpdate?.input ?? [])]) {
    if (isMissingPayload(each)) throw new Error(messageOf(each));
  }
}

function messageOf(payload: Payload): string {
  return missingArtifactMessage(defaultPayloadConverter.fromPayload(payload)) ?? 'an artifact is missing';
}

function failureOf(payload: Payload): object {
  const type: FailureType = 'ArtifactMissing';
  return { message: messageOf(payload), source: 'rlm', applicationFailureInfo: { type, nonRetryable: true } };
}
