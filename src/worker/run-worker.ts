import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { Brokers } from '../activities/brokers.ts';
import { createActivities } from '../activities/create-activities.ts';
import { externalStorage } from '../artifacts/external-storage.ts';
import { openArtifactStore } from '../artifacts/open-store.ts';
import { PaidRecords } from '../artifacts/paid-records.ts';
import { Transcripts } from '../artifacts/transcript.ts';
import { loadSettings } from '../config/load-settings.ts';
import type { Deployment, Settings } from '../config/settings.ts';
import type { AnyAgentDefinition } from '../define-agent.ts';
import { acquireEmbeddedServer } from '../embedded/embedded-server.ts';
import { UsageError } from '../errors.ts';
import { noteStoreUser } from '../gc/store-users.ts';
import { createModelClient } from '../model/create-model-client.ts';
import { Mirrors } from '../repository/mirrors.ts';
import { createProvider } from '../sandbox/create-provider.ts';
import type { SandboxProvider } from '../sandbox/provider.ts';
import { askNamespaceId } from '../sweeper/ask-namespace.ts';
import { scheduleSweeper } from '../sweeper/schedule-sweeper.ts';
import { connectWorker } from '../worker-connection.ts';
import { deploymentOptions, makeCurrent } from './deployment.ts';
import { installRuntime } from './runtime.ts';
import { workerIdentity } from './worker-identity.ts';
import { workflowCode } from './workflow-code.ts';

/** What a worker serves, and how; see {@link runWorker}. */
export interface RunWorkerOptions {
  /** Agents that runs may name; each name once. */
  agents?: readonly AnyAgentDefinition[];
  /** Default: from the environment, `.env` and `./config.yaml`. */
  settings?: Settings;
  /** Workflow code bundled beforehand. Default: the package's own. */
  workflowBundlePath?: string;
  /** Whether it ends with the run that it was started for: others then do not rely on it. Default: false. */
  transient?: boolean;
  /** Makes the sandboxes, and is disposed of with the worker. Default: the one that the settings choose. */
  provider?: SandboxProvider;
  /**
   * Whether sandboxes that a crash leaves behind are swept by the workers of this task queue, where any host reaches them:
   * Temporal then keeps a schedule for that queue. Default: true.
   */
  sweeps?: boolean;
  /**
   * How many seconds a worker that is told to stop gives to what it has in hand before that is left to others. Less than
   * what kills the process waits: Docker waits for 10 s by default. Default: the settings', 8; of a transient one, 2.
   */
  shutdownGrace?: number;
  /**
   * The version of a Worker Deployment that this worker is: runs that begin on it stay with workers of that version. Null:
   * it is not versioned. Default: the settings'; null for a transient one.
   */
  deployment?: Deployment | null;
  /** Has new runs begin on that version from now on. Default: false. */
  makeCurrent?: boolean;
  /** Told what takes time or is waited for, one line each. */
  onProgress?: (message: string) => void;
}

/** A worker that polls for work, until it is disposed of. */
export interface RunningWorker extends AsyncDisposable {
  /** Settles when the worker has stopped: rejected if a fault stopped it. */
  readonly stopped: Promise<void>;
}

/** Long polls of cells take slots too, so there are many: they cost little while they wait. */
const activitySlots = 2_000;

const tuning = {
  maxConcurrentActivityTaskExecutions: activitySlots,
  // A workflow whose worker died is taken over after this, not after the default of ten seconds.
  stickyQueueScheduleToStartTimeout: '1s',
  // Cancellation reaches an activity with a heartbeat.
  maxHeartbeatThrottleInterval: '1s',
  defaultHeartbeatThrottleInterval: '1s',
} as const satisfies Partial<WorkerOptions>;

/**
 * Starts a worker: it runs agents' workflows and activities, and, with local sandboxes, serves those of its host.
 * Resolves when it polls. Throws `UsageError` when Temporal cannot be reached or sandboxes cannot be made.
 */
export async function runWorker(options: RunWorkerOptions = {}): Promise<RunningWorker> {
  const settings = options.settings ?? loadSettings();
  const { temporal, dataDirectory } = settings;
  const agents = byName(options.agents ?? []);
  // A run's own client tells of the server.
  installRuntime({ tellsOfServer: options.transient !== true });
  await using started = new AsyncDisposableStack();
  const provider = started.use(options.provider ?? createProvider(settings));
  await provider.check();
  const models = started.use(createModelClient(settings.models));
  const { onProgress } = options;
  const server =
    temporal.address === null
      ? started.use(await acquireEmbeddedServer({ dataDirectory, ...(onProgress ? { onProgress } : {}) }))
      : null;
  const connection: NativeConnection = await connectWorker({
    ...temporal,
    address: temporal.address ?? server?.address ?? '',
  });
  started.defer(() => connection.close());

  const store = openArtifactStore(settings);
  store.sweepUnfinished();
  const stopping = new AbortController();
  const namespaceId = await askNamespaceId(connection, temporal.namespace);
  await noteStoreUser(store, { namespaceId, namespace: temporal.namespace });
  const activities = createActivities({
    settings,
    store,
    paid: new PaidRecords(store, (message) => onProgress?.(`waiting: ${message}`)),
    transcripts: new Transcripts(store),
    models,
    provider,
    brokers: new Brokers(provider),
    namespaceId,
    mirrors: new Mirrors(dataDirectory, settings.repositories),
    agents,
    stopping: stopping.signal,
  });
  const shutdownGraceTime = (options.shutdownGrace ?? (options.transient ? 2 : settings.worker.shutdownGrace)) * 1_000;
  const deployment = deploymentFor(options, settings);
  const identity = workerIdentity(options.transient ? 'transient' : 'lasting');
  const dataConverter = { externalStorage: externalStorage(store, 'mark') };
  const shared = {
    ...{ connection, namespace: temporal.namespace, identity, activities, dataConverter, shutdownGraceTime },
    ...tuning,
  };
  const versioned = { ...shared, ...deploymentOptions(deployment) };
  const workers = [
    await Worker.create({
      ...versioned,
      ...workflowCode(options.workflowBundlePath),
      taskQueue: temporal.taskQueue,
      maxConcurrentLocalActivityExecutions: activitySlots,
    }),
  ];
  if (provider.host !== null) {
    workers.push(await Worker.create({ ...versioned, taskQueue: provider.host }));
  }
  if (provider.host === null && options.sweeps !== false) {
    const { namespace, taskQueue } = temporal;
    const scheduled = scheduleSweeper({ connection, namespace, taskQueue });
    // Nobody waits for it before the connection is closed.
    started.defer(() => scheduled);
  }
  const running = Promise.all(workers.map((worker) => worker.run()));
  const resources = started.move();
  const stopped = running.then(
    () => resources.disposeAsync(),
    async (error: unknown) => {
      stop(workers, stopping);
      await resources.disposeAsync();
      throw error;
    },
  );
  // Whoever awaits `stopped` sees the fault; nobody has to.
  stopped.catch(() => {});
  if (deployment && options.makeCurrent) {
    try {
      await makeCurrent(connection, temporal.namespace, deployment);
    } catch (error) {
      stop(workers, stopping);
      await stopped;
      throw error;
    }
  }
  return {
    stopped,
    async [Symbol.asyncDispose]() {
      stop(workers, stopping);
      await stopped;
    },
  };
}

function stop(workers: Worker[], stopping: AbortController): void {
  stopping.abort();
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
}

function deploymentFor(
  { deployment, transient, makeCurrent }: RunWorkerOptions,
  settings: Settings,
): Deployment | null {
  const chosen = deployment === undefined && !transient ? settings.worker.deployment : (deployment ?? null);
  if (makeCurrent && chosen === null) {
    throw new UsageError('only a worker of a deployment can be made current; give --deployment and --build-id');
  }
  return chosen;
}

function byName(agents: readonly AnyAgentDefinition[]): Map<string, AnyAgentDefinition> {
  const named = new Map<string, AnyAgentDefinition>();
  for (const agent of agents) {
    if (named.has(agent.name)) throw new UsageError(`two agents are named "${agent.name}"`);
    named.set(agent.name, agent);
  }
  return named;
}
