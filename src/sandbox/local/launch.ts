import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type BubblewrapOptions, bubblewrapCommand } from './bubblewrap.ts';
import { lastLine, type Machine } from './confinement.ts';
import { identifyProcess, type ProcessIdentity } from './processes.ts';

const launcher = fileURLToPath(new URL('./launcher.py', import.meta.url));

const Started = z.object({ 'child-pid': z.number().int().positive() });

export interface LaunchRequest {
  machine: Machine;
  socketPath: string;
  cgroups: string[];
  workspace: BubblewrapOptions['workspace'];
  /** The broker's configuration; holds the token, so it travels through a pipe. */
  configuration: Record<string, unknown>;
  signal: AbortSignal | undefined;
}

export interface Launched {
  /** The first process in the sandbox. */
  process: ProcessIdentity;
  /** The process that watches over it; it ends when everything in the sandbox has ended. */
  watcher: ChildProcess;
  /** Settles with an error if the sandbox ends. */
  failure: Promise<never>;
}

/** Starts a sandbox that outlives this process. It listens already when this returns, though its broker may not be ready. */
export async function launch({
  machine,
  socketPath,
  cgroups,
  workspace,
  configuration,
  signal,
}: LaunchRequest): Promise<Launched> {
  const { confinement, python } = machine;
  const user = confinement.kind === 'rlimits' ? confinement.user : null;
  const procs = cgroups.map((directory) => `${directory}/cgroup.procs`).join(':');
  const command = bubblewrapCommand({ ...machine, workspace });
  const watcher = spawn(python.executable, ['-I', '-S', launcher, socketPath, procs, `${user ?? ''}`, ...command], {
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    env: {},
  });
  const { promise: failure, reject: fail } = Promise.withResolvers<never>();
  failure.catch(() => {}); // whoever waits for it handles it; nobody has to
  const complaints = collect(watcher.stderr as Readable);
  const status = watcher.stdio[3] as Readable;
  const abort = () => {
    fail(signal?.reason);
    killGroup(watcher);
  };
  watcher.on('error', fail);
  watcher.on('close', (code) =>
    fail(new Error(`a local sandbox did not start: ${lastLine(complaints()) || `exit code ${code}`}`)),
  );
  signal?.addEventListener('abort', abort, { once: true });
  watcher.stdin?.on('error', () => {}); // a launcher that died says why by other means
  watcher.stdin?.end(JSON.stringify(configuration));
  try {
    const pid = await Promise.race([childPid(status), failure]);
    const process = await identifyProcess(pid);
    if (process === null) return await failure;
    return { process, watcher, failure };
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** Lets go of a sandbox: this process may end, the sandbox stays. */
export function release({ watcher }: Launched): void {
  watcher.stderr?.destroy();
  for (const stream of watcher.stdio) (stream as Readable | null)?.destroy();
  watcher.unref();
}

async function childPid(status: Readable): Promise<number> {
  for await (const line of createInterface({ input: status })) {
    const started = Started.safeParse(JSON.parse(line));
    if (started.success) return started.data['child-pid'];
  }
  return new Promise(() => {}); // ended without a word: the exit of the process says more
}

function collect(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-4_000);
  });
  return () => text;
}

function killGroup(watcher: ChildProcess): void {
  if (watcher.pid === undefined) return;
  try {
    process.kill(-watcher.pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}
