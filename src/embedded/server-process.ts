import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { BoundedLog } from './bounded-log.ts';
import { processIdentity } from './process-identity.ts';
import { type ServerPorts, serverArguments } from './server-arguments.ts';

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
}): Promise<ServerProcess> {
  const { ports, log } = options;
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(options.binary, serverArguments(options.database, ports), {
    cwd: dirname(options.database),
    // Nothing else of the environment concerns it, keys least of all.
    env: { PATH, HOME, TMPDIR },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  await serving(child, ports, log);
  const identity = child.pid === undefined ? null : processIdentity(child.pid);
  if (identity === null) throw new ServerStartFailed('it ended at once');
  const dismissGuard = guard(child);
  void ended.then(dismissGuard);
  return { identity, ports, ended, stop: () => stop(child, ended) };
}

/** Waits for the line in which the server says where it is, which it prints once it serves. */
async function serving(child: ChildProcess, ports: ServerPorts, log: BoundedLog): Promise<void> {
  const ready = new RegExp(`Server:\\s+\\S+:${ports.grpc}\\b`);
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const timer = globalThis.setTimeout(() => {
      child.kill('SIGKILL');
      reject(new ServerStartFailed(`it was not ready within ${startTimeoutMs / 1000} s`));
    }, startTimeoutMs);
    const settle = () => {
      clearTimeout(timer);
      output = '';
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        log.write(text);
        if (!timer.hasRef()) return;
        output = (output + text).slice(-20_000);
        if (!ready.test(output)) return;
        timer.unref();
        settle();
        resolve();
      });
    }
    child.once('error', (error) => {
      settle();
      reject(new ServerStartFailed(error.message));
    });
    child.once('close', () => {
      const reason = lastError(output);
      settle();
      reject(new ServerStartFailed(reason));
    });
  });
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
  if (process.platform === 'win32') return () => {};
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
    await once(child, 'close');
  }
}
