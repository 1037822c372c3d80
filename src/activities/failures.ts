import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { ArtifactMissing } from '../artifacts/store.ts';
import {
  ModelError,
  RepositoryRefused,
  RepositoryUnavailable,
  SandboxElsewhere,
  SandboxLimited,
  SandboxLost,
  SandboxRefused,
  SandboxUnavailable,
  StorageUnavailable,
  UsageError,
} from '../errors.ts';
import { type FailureType, failureTypes, modelFailureType } from '../failure-types.ts';
import { fileSystemReason, isDiskFault } from '../file-system-reason.ts';

/** Whatever an activity threw, as the failure that workflows know: a stable type, and whether it is retried. */
export function toApplicationFailure(error: unknown): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (error instanceof ModelError) {
    return failure(modelFailureType[error.kind], error.message, error.details.retryAfterMs);
  }
  if (error instanceof SandboxElsewhere) return failure('SandboxElsewhere', error.message);
  if (error instanceof SandboxLost) return failure('SandboxLost', error.message);
  if (error instanceof SandboxUnavailable) return failure('SandboxUnavailable', error.message);
  if (error instanceof SandboxLimited) return failure('SandboxLimited', error.message);
  if (error instanceof SandboxRefused) return failure('SandboxRefused', error.message);
  if (error instanceof RepositoryUnavailable) return failure('RepositoryUnavailable', error.message);
  if (error instanceof RepositoryRefused) return failure('RepositoryRefused', error.message);
  if (error instanceof StorageUnavailable) return failure('StorageUnavailable', error.message);
  if (error instanceof ArtifactMissing) return failure('ArtifactMissing', error.message);
  if (error instanceof UsageError) return failure('InvalidArguments', error.message);
  if (isDiskFault(error)) {
    const { path = "the worker's disk" } = error as NodeJS.ErrnoException;
    return failure('StorageUnavailable', `cannot use ${path}: ${fileSystemReason(error)}; mend that, the run waits`);
  }
  // Anything else is a passing fault of the world (a closed socket) until the attempts are used up.
  const cause = error instanceof Error ? error : new Error(String(error));
  return ApplicationFailure.create({ type: 'Internal', message: cause.message, cause });
}

/** An `ApplicationFailure` of one of our types. */
export function failure(type: FailureType, message: string, retryAfterMs?: number): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: !failureTypes[type].retried,
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs }),
  });
}
