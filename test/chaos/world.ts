import { type FSWatcher, watch } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { FileArtifactStore } from '../../src/artifacts/file-store.ts';
import { loadSettings } from '../../src/config/load-settings.ts';
import type { Settings } from '../../src/config/settings.ts';
import { acquireEmbeddedServer } from '../../src/embedded/embedded-server.ts';
import { ServerFiles } from '../../src/embedded/server-files.ts';
import { SocketDirectory } from '../../src/sandbox/local/socket-directory.ts';
import { createLocalProvider } from '../../src/sandbox/local.ts';
import { connectTemporal, embeddedTarget } from '../../src/temporal-connection.ts';
import { installRuntime } from '../../src/worker/runtime.ts';
import { connectWorker } from '../../src/worker-connection.ts';
import { removeDataDirectory } from '../support/embedded-server.ts';
import type { Moment, Moments } from './plan.ts';
import { KeptProcess } from './processes/kept-process.ts';

export interface ChaosWorldOptions {
  workflowBundlePath: string;
  /** Whether Temporal suggests soon to continue as new. */
  continues: boolean;
}

/** As many events as the workload's root has several times over. */
const suggestedEvents = 50;

/** A Temporal server, a model's server and workers, each of them processes that can be killed, in a folder of their own. */
export class ChaosWorld implements AsyncDisposable {
  readonly directory: string;
  readonly settings: Settings;
  readonly client: Client;
  readonly store: FileArtifactStore;
  readonly workflowBundlePath: string;
  readonly model: KeptProcess;
  readonly temporal: ServerFiles;
  readonly requestLog: string;
  readonly toolLog: string;
  /** Whether the folder is to stay, for somebody who looks for a fault. */
  keepsDirectory = false;
  /** How often the model was asked since the run began. */
  private requests = 0;
  /** Sandboxes that were begun since, by the names of their sockets. */
  private readonly sockets = new Set<string>();
  private watcher: FSWatcher | null = null;
  private readonly workers: KeptProcess[] = [];
  private readonly resources: AsyncDisposableStack;

  static async start({ workflowBundlePath, continues }: ChaosWorldOptions): Promise<ChaosWorld> {
    await using starting = new AsyncDisposableStack();
    const directory = await mkdtemp(join(tmpdir(), 'rlm-chaos-'));
    const temporalDirectory = join(directory, 'temporal-server');
    let world: ChaosWorld | null = null;
    starting.defer(async () => {
      if (world?.keepsDirectory) return;
      await removeDataDirectory(temporalDirectory);
      await rm(directory, { recursive: true, force: true, maxRetries: 10 });
    });
    const configuration = continues ? { 'limit.historyCount.suggestContinueAsNew': suggestedEvents } : {};
    const server = starting.use(
      await acquireEmbeddedServer({ dataDirectory: temporalDirectory, ports: 'any', configuration }),
    );
    const target = embeddedTarget(server.address);
    const connection = await connectTemporal(target);
    starting.defer(() => connection.close());
    // Temporal's runtime, in which histories are replayed, ends with whatever used it last: this keeps it for all.
    installRuntime();
    const runtimeUser = await connectWorker(target);
    starting.defer(() => runtimeUser.close());
    world = new ChaosWorld(directory, server.address, new Client({ connection }), workflowBundlePath, starting);
    world.resources.use(world.model);
    const url = await world.model.whenReady();
    world.settings.models = { ...world.settings.models, openaiBaseUrl: String(url) };
    return world;
  }

  private constructor(
    directory: string,
    address: string,
    client: Client,
    workflowBundlePath: string,
    starting: AsyncDisposableStack,
  ) {
    this.directory = directory;
    this.client = client;
    this.workflowBundlePath = workflowBundlePath;
    this.temporal = new ServerFiles(join(directory, 'temporal-server'));
    this.requestLog = join(directory, 'requests.jsonl');
    this.toolLog = join(directory, 'tool-calls.txt');
    const dataDirectory = join(directory, 'data');
    const base = loadSettings({ directory, environment: {} });
    this.settings = {
      ...base,
      dataDirectory,
      artifacts: `file:${join(dataDirectory, 'artifacts')}`,
      sandbox: 'local',
      model: 'openai/chaos',
      temporal: { ...base.temporal, address },
    };
    this.store = new FileArtifactStore(join(dataDirectory, 'artifacts'));
    // The second time it must be where it was the first time.
    const port = () => new URL(this.settings.models.openaiBaseUrl ?? 'http://0').port || '0';
    this.model = new KeptProcess(
      './model.ts',
      () => [port(), this.requestLog],
      () => {
        this.requests += 1;
      },
    );
    this.resources = starting.move();
  }

  /** Sees to it that so many workers run. */
  async useWorkers(count: number): Promise<readonly KeptProcess[]> {
    while (this.workers.length > count) await this.workers.pop()?.[Symbol.asyncDispose]();
    while (this.workers.length < count) {
      const { settings, workflowBundlePath, toolLog } = this;
      this.workers.push(new KeptProcess('./worker.ts', () => [JSON.stringify(settings), workflowBundlePath, toolLog]));
    }
    await Promise.all(this.workers.map((worker) => worker.whenReady()));
    return this.workers;
  }

  /** How often workers ended though nobody had killed them. */
  get workersEndedByThemselves(): number {
    return this.workers.reduce((sum, { endedByItself }) => sum + endedByItself, 0);
  }

  /** The processes that belong to this world for as long as it lasts. */
  ownProcesses(): Set<number> {
    const state = this.temporal.readState();
    const servers = [state?.server, state?.supervisor].map((identity) => Number.parseInt(identity ?? '', 10));
    return new Set(
      [process.pid, this.model.pid, ...this.workers.map(({ pid }) => pid), ...servers].filter((pid) => pid !== null),
    );
  }

  /** Counts from here. */
  async beginRun(): Promise<void> {
    await Promise.all([this.requestLog, this.toolLog].map((file) => rm(file, { force: true })));
    this.requests = 0;
    this.sockets.clear();
    this.watcher?.close();
    // Asked for a name, it makes the folder, as a worker does.
    const sockets = dirname(await new SocketDirectory(this.settings.dataDirectory).path('any'));
    this.watcher = watch(sockets, { persistent: false }, (_, name) => {
      if (name !== null) this.sockets.add(name);
    });
  }

  /** What there was of each since the run began. */
  get moments(): Moments {
    return { requests: this.requests, sandboxes: this.sockets.size };
  }

  /** Waits until a moment has come. */
  async reached(moment: Moment, signal: AbortSignal): Promise<void> {
    const isReached = () =>
      'requests' in moment ? this.requests >= moment.requests : this.sockets.size >= moment.sandboxes;
    while (!isReached()) await setTimeout(5, null, { signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.watcher?.close();
    await this.useWorkers(0);
    await this.endSandboxes();
    await this.resources.disposeAsync();
  }

  /** There are some where a run failed, or was broken off. */
  private async endSandboxes(): Promise<void> {
    await using provider = createLocalProvider({ dataDirectory: this.settings.dataDirectory });
    for (const { id } of await provider.list()) await provider.delete({ provider: 'local', id, host: null });
  }
}
