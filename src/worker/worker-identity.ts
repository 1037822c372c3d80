import { hostname } from 'node:os';
import { isRunning, processIdentity } from '../embedded/process-identity.ts';

/** `lasting` serves everybody until it is stopped; `transient` ends with the run that it was started for. */
export type WorkerKind = 'lasting' | 'transient';

/** What this process's workers are called in Temporal: so that others can tell what they are, and whether they live. */
export function workerIdentity(kind: WorkerKind): string {
  return `rlm-${kind} ${processIdentity(process.pid)}@${hostname()}`;
}

/** The kind of a worker by its identity; a worker that is not ours is taken for a lasting one. */
export function workerKind(identity: string): WorkerKind {
  return identity.startsWith('rlm-transient ') ? 'transient' : 'lasting';
}

/** False for a worker whose process on this machine has ended; null where that cannot be known from here. */
export function workerRuns(identity: string): boolean | null {
  const [, process, host] = /^rlm-\w+ (\d+-\d+)@(.*)$/.exec(identity) ?? [];
  return process === undefined || host !== hostname() ? null : isRunning(process);
}
