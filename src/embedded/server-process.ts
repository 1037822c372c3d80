import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { BoundedLog } from './bounded-log.ts';
import { processIdentity } from './process-identity.ts';
import { type DynamicConfiguration, type ServerPorts, serverArguments } from './server-arguments.ts';

const startTimeoutMs = 30_000;
const stopTimeoutMs = 10_000;

/** The server ended before it was ready; the message is what it said last. */
export class ServerStartFailed extends Error {
  override readonly name = 'ServerStartFailed';

  /** Whether another process took one of its ports. */
  get portTaken(): boolean {
    return this.message.includes('address already in use');
  }
}

/** One process of the Temporal server. */
export interface ServerProcess {
  identity: string;
  ports: ServerPorts;
  /** Fulfilled when it has ended, for whatever reason. */
  ended: Promise<void>;
  /** Asks it to end, then insists. */
  stop(): Promise<void>;
}

/** Starts the server and waits until it serves. Throws {@link ServerStartFailed}. */
export async function startServerProcess(options: {
  binary: string;
  database: string;
  ports: ServerPorts;
  log: BoundedLog;
  configuration: DynamicConfiguration;
}): Promise<ServerProcess> {
  const { ports, log } = options;
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(options.binary, serverArguments(options.database, ports, options.configuration), {
    cwd: dirname(options.database),
    // Nothing else of the environment concerns it, keys least of all.
    env: { PATH, HOME, TMPDIR },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  void ended.then(guard(child));
  await serving(child, ports.grpc, log);
  const identity = processIdentity(child.pid ?? -1);
  if (identity === null) throw new ServerStartFailed('it ended at once');
  return { identity, ports, ended, stop: () => stop(child, ended) };
}

/** Waits until the server listens, which is well before it says so. */
async function serving(child: ChildProcess, port: number, log: BoundedLog): Promise<void> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log.write(text);
      output = (output + text).slice(-20_000);
    });
  }
  const ended = new AbortController();
  child.once('error', (error) => ended.abort(error.message));
  child.once('close', () => ended.abort(lastError(output)));
  const deadline = performance.now() + startTimeoutMs;
  while (!(await accepts(port))) {
    if (ended.signal.aborted) throw new ServerStartFailed(ended.signal.reason);
    if (performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new ServerStartFailed(`it did not listen within ${startTimeoutMs / 1000} s`);
    }
    // Nothing tells of a port that begins to listen.
    await setTimeout(5);
  }
}

/** Whether somebody listens on a local port. */
async function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: '127.0.0.1', port });
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

/** The innermost reason in the last error that the server logged. */
function lastError(output: string): string {
  const messages = [...output.matchAll(/level=ERROR msg=("(?:[^"\\]|\\.)*")/g)];
  const message = messages.at(-1)?.[1] ?? '';
  const text = message.replace(/^"|"$/g, '').replaceAll('\\"', '"') || output.trim().split('\n').at(-1) || '';
  return text.split(': ').at(-1) || 'it gave no reason';
}

/**
 * Sees to it that the server does not outlive this process, even when this one is killed: a shell waits for the end of
 * its input, which the kernel closes. Returns what sends it away.
 */
function guard(server: ChildProcess): () => void {
  if (process.platform === 'win32' || server.pid === undefined) return () => {};
  const shell = spawn('sh', ['-c', 'read -r line || kill -TERM "$0"', String(server.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // It may have ended already.
  shell.stdin.on('error', () => {});
  return () => shell.stdin.end('\n');
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  const patience = new AbortController();
  await Promise.race([ended, setTimeout(stopTimeoutMs, null, { signal: patience.signal }).catch(() => null)]);
  patience.abort();
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await ended;
  }
}
