/**
 * A mistake in what the user gave: an option, a file, a key, a signature. Shown as one line, without a stack trace;
 * the `rlm` command ends with exit code 2.
 */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** A signature that cannot be used, with the place of the mistake. */
export class SignatureError extends UsageError {
  override readonly name = 'SignatureError';

  /** Offset of the mistake in the signature's text, in characters, or null when it was not text. */
  readonly position: number | null;

  constructor(message: string, position: number | null) {
    super(message);
    this.position = position;
  }
}

/** The sandbox, or the kernel in it, is gone; what it held can only be rebuilt. */
export class SandboxLost extends Error {
  override readonly name = 'SandboxLost';
}

/** The sandbox does not answer now, and may do so later. */
export class SandboxUnavailable extends Error {
  override readonly name = 'SandboxUnavailable';
}

/** A limit of the provider (how many sandboxes, how many requests) forbids it for now. */
export class SandboxLimited extends Error {
  override readonly name = 'SandboxLimited';
  /** When the provider says that it may be tried again, in milliseconds from then; null where it says nothing. */
  readonly retryAfterMs: number | null;

  constructor(message: string, retryAfterMs: number | null) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Only another host reaches the sandbox. */
export class SandboxElsewhere extends Error {
  override readonly name = 'SandboxElsewhere';
}

/** The provider cannot make a sandbox here at all; the message says why and what else to do. */
export class SandboxRefused extends UsageError {
  override readonly name = 'SandboxRefused';
}

/** A repository, branch or commit that cannot be had; the message says why and what to do. */
export class RepositoryRefused extends UsageError {
  override readonly name = 'RepositoryRefused';
}

/** The repository cannot be reached now, and may be later. */
export class RepositoryUnavailable extends UsageError {
  override readonly name = 'RepositoryUnavailable';
}

/** The artifact store cannot be written or read now, and may be later; the message names it, and says why and what to do. */
export class StorageUnavailable extends UsageError {
  override readonly name = 'StorageUnavailable';
}

/** What went wrong with a request to a model's provider. */
export type ModelErrorKind =
  | 'rate-limited'
  | 'unavailable'
  | 'timeout'
  | 'unauthorized'
  | 'rejected'
  | 'not-found'
  | 'context-length'
  | 'malformed';

/** A request to a model that failed, with the class that decides whether it is tried again. */
export class ModelError extends Error {
  override readonly name = 'ModelError';

  readonly kind: ModelErrorKind;
  readonly details: { status?: number; retryAfterMs?: number };

  constructor(kind: ModelErrorKind, message: string, details: { status?: number; retryAfterMs?: number } = {}) {
    super(message);
    this.kind = kind;
    this.details = details;
  }
}
