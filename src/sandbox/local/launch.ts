import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type BubblewrapOptions, bubblewrapCommand } from './bubblewrap.ts';
import { lastLine, type Machine } from './confinement.ts';
import { childrenOf, identifyProcess, type ProcessIdentity } from './processes.ts';

const launcher = fileURLToPath(new URL('./launcher.py', import.meta.url));

/** Where the sandbox hears of its maker; the launcher says the same. */
const makerDescriptor = 95;

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
    stdio: ['pipe', 'ignore', 'pipe'],
    env: {},
  });
  const { promise: failure, reject: fail } = Promise.withResolvers<never>();
  failure.catch(() => {}); // whoever waits for it handles it; nobody has to
  const complaints = collect(watcher.stderr as Readable);
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
  watcher.stdin?.write(`${JSON.stringify({ ...configuration, maker: { fd: makerDescriptor } })}\n`);
  try {
    const pid = await Promise.race([firstChild(watcher), failure]);
    const process = await identifyProcess(pid);
    if (process === null) return await failure;
    return { process, watcher, failure };
  } catch (error) {
    // What is in the sandbox by then is not of the group that was killed: it ends as its maker hangs up.
    watcher.stdin?.destroy();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** Lets go of a sandbox that others can find by now: this process may end, the sandbox stays. Before, it goes with its maker. */
export function release({ watcher }: Launched): void {
  const { stdin, stdio } = watcher;
  for (const stream of stdio) if (stream !== stdin) (stream as Readable | null)?.destroy();
  stdin?.end('stay', () => stdin.destroy());
  watcher.unref();
}

/**
 * The first process in the sandbox. Bubblewrap could tell by itself, but not to a maker that has ended: it then ends too, and
 * what it has begun stays for ever.
 */
async function firstChild({ pid }: ChildProcess): Promise<number> {
  for (;;) {
    const children = pid === undefined ? null : await childrenOf(pid);
    // Ended without a child: the exit of the process says more.
    if (children === null) return new Promise(() => {});
    const [child] = children;
    if (child !== undefined) return child;
    await delay(1); // Nothing tells of it.
  }
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
