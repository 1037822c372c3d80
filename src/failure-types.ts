import type { ModelErrorKind } from './errors.ts';

/** Every `type` that an `ApplicationFailure` of ours can have, and whether Temporal retries the activity. */
export const failureTypes = {
  ModelRateLimited: { retried: true },
  ModelUnavailable: { retried: true },
  ModelTimeout: { retried: true },
  ModelReplyMalformed: { retried: true },
  ModelUnauthorized: { retried: false },
  ModelRejected: { retried: false },
  ModelNotFound: { retried: false },
  ModelContextLength: { retried: false },
  SandboxUnavailable: { retried: true },
  /** It was waited for; raise the limit, or use fewer sandboxes. */
  SandboxLimited: { retried: false },
  SandboxRefused: { retried: false },
  SandboxLost: { retried: false },
  /** Another host's worker reaches it. */
  SandboxElsewhere: { retried: false },
  /** Asked again, it may work; else the changes are lost with the sandbox. */
  PatchFailed: { retried: true },
  RepositoryUnavailable: { retried: true },
  RepositoryRefused: { retried: false },
  /** The workflow waits and does the activity again: that takes none of its attempts. */
  StorageUnavailable: { retried: false },
  /** The worker was told to stop; the workflow has another one do it. */
  HandedOver: { retried: false },
  ArtifactMissing: { retried: false },
  InvalidArguments: { retried: false },
  ToolFailed: { retried: false },
  UnknownAgent: { retried: false },
  LimitReached: { retried: false },
  NoAnswer: { retried: false },
  Internal: { retried: false },
} as const satisfies Record<string, { retried: boolean }>;

/** The `type` of an `ApplicationFailure` of ours. */
export type FailureType = keyof typeof failureTypes;

/** The failure type for each class of model error. */
export const modelFailureType: Record<ModelErrorKind, FailureType> = {
  'rate-limited': 'ModelRateLimited',
  unavailable: 'ModelUnavailable',
  timeout: 'ModelTimeout',
  malformed: 'ModelReplyMalformed',
  unauthorized: 'ModelUnauthorized',
  rejected: 'ModelRejected',
  'not-found': 'ModelNotFound',
  'context-length': 'ModelContextLength',
};
