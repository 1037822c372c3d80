import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { askDaemon, callDaemon, type DaemonReply } from './daemon-call.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { daemonCommand, linksOf, type MachineKind, machineArguments } from './machine-command.ts';
import { prepareFolders } from './machine-folders.ts';

/** The processes of one sandbox, from a start to a stop. Its files outlive them. */
export class Machine implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #gateway: Gateway;
  readonly #socketPath: string;
  /** The one that all others in the sandbox die with. */
  #first: number | null = null;

  private constructor(process: ChildProcess, gateway: Gateway, socketPath: string) {
    this.#process = process;
    this.#ended = once(process, 'close');
    this.#gateway = gateway;
    this.#socketPath = socketPath;
  }

  /** Starts a sandbox over a folder; what an earlier start left there is found again. */
  static async start(
    kind: MachineKind,
    directory: string,
    hostname: string,
    env: Record<string, string>,
    reachesNetwork: () => boolean,
  ): Promise<Machine> {
    const folders = await prepareFolders(directory, hostname, linksOf(kind));
    const gateway = await startGateway(join(folders.run, 'gateway.sock'), reachesNetwork);
    const bubblewrap = spawn(kind.bubblewrap, ['--args', '3', '--json-status-fd', '4', ...daemonCommand(kind)], {
      env: {},
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    const places = bubblewrap.stdio[3] as Writable;
    places.on('error', () => {}); // where it did not start, its end says why
    places.end(machineArguments(kind, folders, hostname, env).join('\0'));
    const machine = new Machine(bubblewrap, gateway, join(folders.run, 'daemon.sock'));
    const named = firstProcess(bubblewrap.stdio[4] as Readable).then((pid) => {
      machine.#first = pid;
    });
    named.catch(() => {}); // it did not start, and its end says why
    await untilReady(bubblewrap, named).catch(async (error: unknown) => {
      await machine[Symbol.asyncDispose]();
      throw error;
    });
    return machine;
  }

  call(call: object, bytes?: Uint8Array): Promise<DaemonReply> {
    return callDaemon(this.#socketPath, call, bytes);
  }

  ask(call: object, bytes?: Uint8Array): Promise<{ status: number; body: unknown }> {
    return askDaemon(this.#socketPath, call, bytes);
  }

  /** Ends every process in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    // Bubblewrap ends when it has buried what was inside; were it killed itself, that would be left to whoever comes by.
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      if (this.#first === null) this.#process.kill('SIGKILL');
      else process.kill(this.#first, 'SIGKILL');
    }
    await Promise.all([this.#ended, this.#gateway[Symbol.asyncDispose]()]);
  }
}

const Started = z.object({ 'child-pid': z.number().int().positive() });

/** The process that bubblewrap names first. */
async function firstProcess(status: Readable): Promise<number> {
  try {
    for await (const line of createInterface({ input: status })) {
      const started = Started.safeParse(JSON.parse(line));
      if (started.success) return started.data['child-pid'];
    }
    throw new Error('bubblewrap named no process');
  } finally {
    status.resume(); // what it says at its end would hold that up
  }
}

async function untilReady(process: ChildProcess, named: Promise<void>): Promise<void> {
  let complaints = '';
  (process.stderr as Readable).setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-4_000);
  });
  const ready = once(process.stdout as Readable, 'data');
  const ended = once(process, 'close').then(() => {
    throw new Error(`a sandbox of the stand-in did not start: ${complaints.trim()}`);
  });
  ended.catch(() => {}); // that it ends later is no failure of its start
  await Promise.race([Promise.all([ready, named]), ended]);
}
