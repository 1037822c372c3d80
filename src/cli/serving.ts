import type { Client } from '@temporalio/client';
import { liveWorkers } from '../client/live-workers.ts';
import type { Settings } from '../config/settings.ts';
import type { RlmConnection } from '../connection.ts';
import type { AnyAgentDefinition } from '../define-agent.ts';
import type { RunningWorker } from '../worker.ts';

/** How often it is looked whether somebody still serves a run; Temporal tells nobody of a worker that died. */
const checkMs = 5_000;

/** Where a new run's work is done. */
export interface Placement {
  taskQueue: string;
  /** Whether nobody serves that queue yet. */
  needsWorker: boolean;
}

/**
 * Decides who serves a new run: workers that last, where there are any; else a worker of this process. Where another
 * run's worker serves the queue, the new run gets a queue of its own: that worker has other keys and agents, and ends
 * with its run.
 */
export async function placeRun(
  client: Client,
  { taskQueue, runId, ownAgents }: { taskQueue: string; runId: string; ownAgents: boolean },
): Promise<Placement> {
  const workers = await liveWorkers(client, taskQueue);
  if (workers.includes('lasting') && !ownAgents) return { taskQueue, needsWorker: false };
  return { taskQueue: workers.length === 0 ? taskQueue : `${taskQueue}-${runId}`, needsWorker: true };
}

/** The settings with another task queue. */
export function onTaskQueue(settings: Settings, taskQueue: string): Settings {
  return { ...settings, temporal: { ...settings.temporal, taskQueue } };
}

/** Sees to it that a task queue is served: by others, or by a worker of this process. */
export class Serving implements AsyncDisposable {
  private readonly connection: RlmConnection;
  private readonly taskQueue: string;
  private readonly agents: readonly AnyAgentDefinition[];
  private readonly tell: (message: string) => void;
  private worker: RunningWorker | null = null;
  private timer: NodeJS.Timeout | null = null;
  private readonly fault = Promise.withResolvers<never>();

  /** @param tell Told what a worker of this process waits for. */
  constructor(
    connection: RlmConnection,
    taskQueue: string,
    agents: readonly AnyAgentDefinition[],
    tell: (message: string) => void,
  ) {
    this.connection = connection;
    this.tell = tell;
    this.taskQueue = taskQueue;
    this.agents = agents;
    // Whoever waits for it sees it; nobody has to.
    this.fault.promise.catch(() => {});
  }

  /** Never settles but by the fault that stopped the worker of this process. */
  get failed(): Promise<never> {
    return this.fault.promise;
  }

  /** Whether a worker of this process serves the queue. */
  get isOwn(): boolean {
    return this.worker !== null;
  }

  /** Starts a worker in this process. */
  async startWorker(): Promise<void> {
    if (this.worker) return;
    const { runWorker } = await import('../worker.ts');
    const settings = onTaskQueue(this.connection.settings, this.taskQueue);
    // A queue of one run's own is served by nobody afterwards, and must not leave a schedule behind.
    const sweeps = this.taskQueue === this.connection.settings.temporal.taskQueue;
    this.worker = await runWorker({ settings, agents: this.agents, transient: true, sweeps, onProgress: this.tell });
    this.worker.stopped.catch((error: unknown) => this.fault.reject(error));
  }

  /** Starts a worker when nobody serves the queue. */
  async startWhereMissing(): Promise<void> {
    const workers = await liveWorkers(this.connection.client, this.taskQueue);
    if (workers.length === 0) await this.startWorker();
  }

  /** From now on, takes over when those who serve the queue have gone. */
  standBy(): void {
    if (this.worker || this.timer) return;
    let looking = false;
    this.timer = setInterval(() => {
      // One that waits for a server that is away is enough.
      if (looking) return;
      looking = true;
      // What fails now is tried again the next time.
      this.startWhereMissing()
        .catch(() => {})
        .finally(() => {
          looking = false;
        });
    }, checkMs);
    this.timer.unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.worker?.[Symbol.asyncDispose]();
    this.worker = null;
  }
}
