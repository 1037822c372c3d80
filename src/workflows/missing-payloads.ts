import { defaultPayloadConverter } from '@temporalio/common';
import type { coresdk } from '@temporalio/proto';
import { ApplicationFailure, type WorkflowInterceptors } from '@temporalio/workflow';
import { isMissingPayload, missingArtifactMessage } from '../artifacts/missing-payload.ts';
import type { FailureType } from '../failure-types.ts';

type Job = coresdk.workflow_activation.IWorkflowActivationJob;
type Payload = NonNullable<Parameters<typeof isMissingPayload>[0]>;
type Result = { completed?: { result?: Payload | null } | null; failed?: object | null };

const failureType: FailureType = 'ArtifactMissing';

/**
 * What is missing ends an agent, or is told to its cell, by a failure of the type `ArtifactMissing`: as the result of an
 * activity or a sub-agent it becomes the failure of that; as an argument of the agent it is the agent's own.
 *
 * A history that went on with such a result cannot be replayed without it, and what a client said must not be dropped:
 * there the workflow task fails by a message that names the artifact, and is tried again until the artifact is back.
 */
export function interceptors(): WorkflowInterceptors {
  return {
    inbound: [
      {
        async execute(input, next) {
          const message = input.args.map(missingArtifactMessage).find((found) => found !== null);
          if (message !== undefined) throw ApplicationFailure.nonRetryable(message, failureType);
          return next(input);
        },
      },
    ],
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
  const given = isReplaying ? (job.initializeWorkflow?.arguments ?? []) : [];
  for (const each of [...given, ...(job.signalWorkflow?.input ?? []), ...(job.doUpdate?.input ?? [])]) {
    if (isMissingPayload(each)) throw new Error(messageOf(each));
  }
}

function messageOf(payload: Payload): string {
  return missingArtifactMessage(defaultPayloadConverter.fromPayload(payload)) ?? 'an artifact is missing';
}

function failureOf(payload: Payload): object {
  const applicationFailureInfo = { type: failureType, nonRetryable: true };
  return { message: messageOf(payload), source: 'rlm', applicationFailureInfo };
}
