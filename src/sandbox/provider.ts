import { z } from 'zod';

/** Names a sandbox in a workflow's history. Holds no secret. */
export const SandboxReference = z.object({
  provider: z.enum(['local', 'daytona']),
  id: z.string().min(1),
  /** Where its activities must run when only one host reaches it, else null. */
  host: z.string().nullable(),
});
export type SandboxReference = z.infer<typeof SandboxReference>;

/** The repository of which a sandbox is to hold a clone, and the ways to come by its objects. */
export interface RepositorySource {
  /** Holds no credential. */
  address: string;
  branch: string | null;
  /** The full hash. */
  commit: string;
  /** A bare copy of it on this host, which has the commit. */
  mirror(): Promise<string>;
  /** What its host asks for over https; null: nothing that we know. Not to be kept in a sandbox. */
  credentials: { username: string; password: string } | null;
}

/** What a new sandbox is for. */
export interface SandboxRequest {
  /** The same id again returns the sandbox made for it, so that a retried creation leaks nothing. */
  id: string;
  /** `rlm.run`, `rlm.agent`: by them a sweeper finds what nobody deleted. */
  labels: Record<string, string>;
  /** The sandbox gets the objects of this repository, and room for a clone. */
  repository?: RepositorySource;
  /** How long one cell may keep it busy, in seconds: a provider that ends idle sandboxes waits longer than that. */
  cellTimeout?: number;
  /** After so many seconds nobody can need it any more. Default: no such time is known. */
  lifetime?: number;
}

/** Where a sandbox with a repository has what its clone is made of. */
export const workspacePlaces = {
  /** Empty at first. */
  directory: '/workspace',
  /** A bare repository with its objects. */
  source: '/opt/repository.git',
  /** What is kept beside the clone for taking its patch. */
  state: '/opt/state',
} as const;

export interface SandboxInformation {
  id: string;
  labels: Record<string, string>;
  createdAt: Date;
  state: 'running' | 'ended';
}

/** One HTTP exchange with the broker in a sandbox. */
export interface BrokerRequest {
  method: 'GET' | 'POST' | 'PUT';
  /** Path and query, such as `/events?after=3&waitMs=20000`. */
  path: string;
  /** A JSON value, or bytes that are sent as they are. */
  body?: unknown;
  /** How long the whole exchange may take. Default: 10,000 ms. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/**
 * Carries requests to the broker of one sandbox. Throws `SandboxLost` when it is gone for good, `SandboxUnavailable` when
 * it does not answer in time.
 */
export interface BrokerTransport {
  /** Larger bodies must be sent in parts, in bytes. Default: any body may be sent whole. */
  readonly largestBody?: number;
  request(request: BrokerRequest): Promise<{ status: number; body: unknown }>;
}

/** Makes isolated machines, and reaches the broker in them. Knows nothing of agents. */
export interface SandboxProvider extends AsyncDisposable {
  readonly name: SandboxReference['provider'];
  /** The host whose worker must serve its sandboxes' activities, or null when any worker reaches them. */
  readonly host: string | null;
  /** Throws `SandboxRefused` with one clear line where sandboxes cannot be made at all. */
  check(): Promise<void>;
  create(request: SandboxRequest, signal?: AbortSignal): Promise<SandboxReference>;
  /** Throws `SandboxLost` when there is no such sandbox any more. */
  connect(reference: SandboxReference): Promise<BrokerTransport>;
  /** Tells a provider that ends idle sandboxes that this one is still needed. */
  keepAwake?(reference: SandboxReference): Promise<void>;
  /** Deleting one that is gone is a success. */
  delete(reference: SandboxReference): Promise<void>;
  list(): Promise<SandboxInformation[]>;
}
