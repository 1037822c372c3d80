import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { SandboxLost } from '../errors.ts';
import { createCgroups, removeCgroups, sweepCgroups } from './local/cgroups.ts';
import { inspectMachine, type Machine } from './local/confinement.ts';
import { hostIdentity } from './local/host-identity.ts';
import { type Launched, launch, release } from './local/launch.ts';
import { eventually, isAlive, killProcess } from './local/processes.ts';
import { SocketDirectory } from './local/socket-directory.ts';
import { type SandboxState, StateFiles } from './local/state-files.ts';
import { UnixTransport } from './local/unix-transport.ts';
import type {
  BrokerTransport,
  SandboxInformation,
  SandboxProvider,
  SandboxReference,
  SandboxRequest,
} from './provider.ts';

export interface LocalLimits {
  /** Memory of all processes of a sandbox, files in its temporary directories included. Default: 2 GiB. */
  memoryBytes: number;
  /** Room of a clone in `/workspace`, in memory, on top of the above. Default: 2 GiB. */
  workspaceBytes: number;
  /** Processes and threads in a sandbox. Default: 256. */
  processes: number;
  /** A sandbox ends itself when nobody asked it anything for so many seconds. Default: 1,800. */
  leaseSeconds: number;
}

export const defaultLocalLimits: LocalLimits = {
  memoryBytes: 2 * 1024 ** 3,
  workspaceBytes: 2 * 1024 ** 3,
  processes: 256,
  leaseSeconds: 1_800,
};

export interface LocalProviderOptions {
  /** Absolute path; sandboxes of different data directories do not know of each other. */
  dataDirectory: string;
  /** The task queue of the workers that this provider serves; those of other queues have sandboxes of their own. */
  taskQueue?: string;
  limits?: Partial<LocalLimits>;
}

/** Room that the broker needs beside the kernel, so that a kernel that takes too much gets a clean error. */
const brokerBytes = 128 * 1024 * 1024;

/** How long a sandbox may take to answer for the first time. */
const startTimeoutMs = 20_000;

/** How long a process that ends may take to say why. */
const lastWordsMs = 200;

/** Sandboxes on this machine, made with bubblewrap. They outlive the process that made them. */
export function createLocalProvider({ dataDirectory, taskQueue, limits }: LocalProviderOptions): SandboxProvider {
  const host = [taskQueue, hostIdentity(dataDirectory)].filter((part) => part !== undefined).join('@');
  return new LocalProvider(dataDirectory, host, { ...defaultLocalLimits, ...limits });
}

class LocalProvider implements SandboxProvider {
  readonly name = 'local';
  readonly host: string;

  private readonly dataDirectory: string;
  private readonly limits: LocalLimits;
  private readonly states: StateFiles;
  private readonly sockets: SocketDirectory;
  private machine: Promise<Machine> | null = null;
  private readonly creating = new Map<string, Promise<SandboxReference>>();
  private readonly launched = new Map<string, Launched>();
  private readonly transports = new Map<string, UnixTransport>();

  constructor(dataDirectory: string, host: string, limits: LocalLimits) {
    this.dataDirectory = dataDirectory;
    this.limits = limits;
    this.host = host;
    this.states = new StateFiles(dataDirectory);
    this.sockets = new SocketDirectory(dataDirectory);
  }

  async check(): Promise<void> {
    await this.inspect();
  }

  async create(request: SandboxRequest, signal?: AbortSignal): Promise<SandboxReference> {
    signal?.throwIfAborted();
    const known = this.creating.get(request.id);
    if (known) return known;
    const creation = this.findOrMake(request, signal).finally(() => this.creating.delete(request.id));
    this.creating.set(request.id, creation);
    return creation;
  }

  async connect(reference: SandboxReference): Promise<BrokerTransport> {
    const state = await this.states.read(reference.id);
    if (state === null || !(await isAlive(state.process))) {
      throw new SandboxLost(`the local sandbox ${reference.id} has ended`);
    }
    const known = this.transports.get(state.socketPath);
    if (known) return known;
    const transport = new UnixTransport(state.socketPath, state.token);
    this.transports.set(state.socketPath, transport);
    return transport;
  }

  async delete(reference: SandboxReference): Promise<void> {
    const state = await this.states.read(reference.id);
    if (state !== null) await this.end(state);
  }

  async list(): Promise<SandboxInformation[]> {
    const states = await this.states.list();
    return Promise.all(
      states.map(async ({ id, labels, createdAt, process }) => ({
        id,
        labels,
        createdAt: new Date(createdAt),
        state: (await isAlive(process)) ? ('running' as const) : ('ended' as const),
      })),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const transport of this.transports.values()) transport.close();
    this.transports.clear();
    this.launched.clear();
    await this.sockets.removeIfEmpty();
  }

  private inspect(): Promise<Machine> {
    if (this.machine === null) {
      const inspection = inspectMachine(this.dataDirectory);
      this.machine = inspection;
      inspection.then(
        // Housekeeping: what fails now is done the next time.
        (machine) => this.sweep(machine).catch(() => {}),
        () => {
          this.machine = null; // what was missing may be installed by the next time
        },
      );
    }
    return this.machine;
  }

  private async findOrMake(request: SandboxRequest, signal: AbortSignal | undefined): Promise<SandboxReference> {
    const reference: SandboxReference = { provider: this.name, id: request.id, host: this.host };
    const existing = await this.states.read(request.id);
    if (existing !== null) {
      if (await isAlive(existing.process)) return reference;
      await this.end(existing);
    }
    await this.make(request, signal);
    return reference;
  }

  private async make(request: SandboxRequest, signal: AbortSignal | undefined): Promise<void> {
    const machine = await this.inspect();
    const { confinement } = machine;
    const name = randomBytes(8).toString('hex');
    const token = randomBytes(24).toString('hex');
    const { memoryBytes, workspaceBytes, processes, leaseSeconds } = this.limits;
    const mirror = await request.repository?.mirror();
    const workspace = mirror === undefined ? null : { mirror, bytes: workspaceBytes };
    const roomBytes = memoryBytes + (workspace?.bytes ?? 0);
    const socketPath = await this.sockets.path(name);
    const cgroups =
      confinement.kind === 'cgroups'
        ? await createCgroups(confinement.home, `rlm-${name}`, { ...this.limits, memoryBytes: roomBytes })
        : [];
    let launched: Launched | null = null;
    const transport = new UnixTransport(socketPath, token);
    try {
      launched = await launch({
        machine,
        socketPath,
        cgroups,
        workspace,
        signal,
        configuration: {
          token,
          leaseSeconds,
          listen: { fd: 90 },
          memoryBytes,
          dataBytes: Math.max(memoryBytes - brokerBytes, memoryBytes / 2),
          processes: confinement.kind === 'rlimits' ? processes : null,
        },
      });
      await this.firstAnswer(transport, launched, signal);
      const createdAt = new Date().toISOString();
      const { id, labels } = request;
      const state = { id, labels, createdAt, socketPath, token, process: launched.process, cgroups };
      if (!(await this.states.writeNew(state))) throw new AlreadyMade();
      this.transports.set(socketPath, transport);
      this.launched.set(socketPath, launched);
      launched.watcher.once('exit', () => this.launched.delete(socketPath));
      release(launched);
    } catch (error) {
      transport.close();
      if (launched) await killProcess(launched.process);
      await Promise.all([removeCgroups(cgroups), this.sockets.remove(socketPath)]);
      if (!(error instanceof AlreadyMade)) throw error;
    }
  }

  /** Waits until the broker answers. If the sandbox ended, its own words say more than a closed connection. */
  private async firstAnswer(transport: UnixTransport, { failure }: Launched, signal?: AbortSignal): Promise<void> {
    const request = { method: 'GET', path: '/health', timeoutMs: startTimeoutMs, ...(signal && { signal }) } as const;
    const answered = transport.request(request).catch(async (error: unknown) => {
      signal?.throwIfAborted();
      await Promise.race([failure, delay(lastWordsMs)]);
      throw error;
    });
    await Promise.race([answered, failure]);
  }

  /** Kills everything in the sandbox, waits until it is gone, and removes what it left on the host. */
  private async end(state: SandboxState): Promise<void> {
    const { process, socketPath, cgroups } = state;
    this.transports.get(socketPath)?.close();
    this.transports.delete(socketPath);
    const watcher = this.launched.get(socketPath)?.watcher;
    const exit = watcher && watcher.exitCode === null && watcher.signalCode === null ? exitOf(watcher) : null;
    await killProcess(process);
    await (exit ?? eventually(async () => !(await isAlive(process)), 10_000));
    await Promise.all([removeCgroups(cgroups), this.sockets.remove(socketPath)]);
    await this.states.remove(state);
  }

  /** Removes what sandboxes left that ended by themselves. */
  private async sweep({ confinement }: Machine): Promise<void> {
    this.states.sweepUnfinished();
    const states = await this.states.list();
    await this.sockets.sweep(states.map(({ socketPath }) => socketPath));
    for (const state of states) {
      if (!(await isAlive(state.process))) await this.end(state);
    }
    if (confinement.kind === 'cgroups') await sweepCgroups(confinement.home);
  }
}

/** Another process made the sandbox of that id at the same time; there must be only one. */
class AlreadyMade extends Error {}

function exitOf(watcher: Launched['watcher']): Promise<void> {
  watcher.ref(); // whoever waits for the end must not end before
  return new Promise((resolve) => watcher.once('exit', () => resolve()));
}
