import { setTimeout } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { ArtifactStore } from '../artifacts/store.ts';
import { followRun } from '../client/follow.ts';
import type { RunEvent } from '../client/run-events.ts';
import { type LiveAgent, noteTexts, withoutTexts } from './live-agent.ts';
import type { RunOutline } from './outline.ts';
import { applyEvent, newOutline } from './outline-events.ts';
import { readOutline } from './read-outline.ts';

/** Events of so many milliseconds are told together. */
const togetherMs = 80;

/** How long to wait, in milliseconds, before trying again what failed. */
const retryMs = 1_000;

/** `forgotten`: there is no such run. */
export type FeedState = 'loading' | 'live' | 'ended' | 'reconnecting' | 'forgotten';

export interface FeedListener {
  /** Everything, anew. */
  snapshot(outline: RunOutline, state: FeedState): void;
  /** What has happened since. */
  events(events: RunEvent[]): void;
  /** How the feed stands; `problem` says why it does not go on. */
  state(state: FeedState, problem: string | null): void;
}

/**
 * What is known of one run, for everybody who looks at it: while it goes on, from the histories of its agents; after its
 * end, from their results. What fails is tried again for as long as anybody looks.
 */
export class RunFeed {
  readonly runId: string;
  readonly liveAgents = new Map<string, LiveAgent>();
  outline: RunOutline;
  state: FeedState = 'loading';
  private problem: string | null = null;
  private readonly client: Client | null;
  private readonly store: ArtifactStore;
  private readonly listeners = new Set<FeedListener>();
  private readonly stopped = new AbortController();
  private waiting: RunEvent[] = [];

  constructor({ client, store, runId }: { client: Client | null; store: ArtifactStore; runId: string }) {
    this.client = client;
    this.store = store;
    this.runId = runId;
    this.outline = newOutline(runId);
    void this.keepGoing();
  }

  get isWatched(): boolean {
    return this.listeners.size > 0;
  }

  /** Tells the listener what is known, and what happens from now on, until the returned function is called. */
  listen(listener: FeedListener): () => void {
    this.flush();
    this.listeners.add(listener);
    if (this.outline.agents.size === 0) listener.state(this.state, this.problem);
    else listener.snapshot(this.outline, this.state);
    return () => this.listeners.delete(listener);
  }

  stop(): void {
    this.stopped.abort();
  }

  private async keepGoing(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      try {
        if (await this.load()) return;
      } catch (error) {
        if (signal.aborted) return;
        // Temporal may be starting anew. What is known stays, and is told anew when it can be read again.
        const known = this.outline.agents.size > 0;
        this.tell(known ? 'reconnecting' : 'loading', error instanceof Error ? error.message : String(error));
      }
      await setTimeout(retryMs, null, { signal, ref: false }).catch(() => {});
    }
  }

  /** Follows the run to its end. Resolves to whether that was it. */
  private async load(): Promise<boolean> {
    const first = await this.firstExecution();
    if (first === null || !first.running) {
      const show = (root: RunOutline) => this.replace(root, 'loading');
      const outline = await readOutline(this.store, this.runId, first?.lineage ?? null, show);
      if (outline) return this.replace(outline, 'ended');
      if (first === null) {
        this.tell('forgotten', `there is no run ${this.runId}`);
        return true;
      }
    }
    await this.follow();
    const outline = await readOutline(this.store, this.runId, this.liveAgents.get(this.runId)?.lineage ?? null);
    return this.replace(outline ?? this.outline, 'ended');
  }

  private async follow(): Promise<void> {
    const fresh = newOutline(this.runId);
    const { signal } = this.stopped;
    let shown = false;
    const show = () => {
      if (!shown) {
        this.liveAgents.clear();
        this.replace(fresh, 'live');
      }
      shown = true;
    };
    for await (const event of followRun(this.client as Client, this.runId, signal)) {
      show();
      noteTexts(this.liveAgents, event);
      this.waiting.push(withoutTexts(event));
      applyEvent(fresh, event);
      if (this.waiting.length === 1) void setTimeout(togetherMs, null, { ref: false }).then(() => this.flush());
    }
    signal.throwIfAborted();
    this.flush();
  }

  /** What Temporal knows of the run; null: nothing. */
  private async firstExecution(): Promise<{ running: boolean; lineage: string } | null> {
    if (this.client === null) return null;
    try {
      const found = await this.client.workflow.getHandle(this.runId).describe();
      const lineage = found.raw.workflowExecutionInfo?.firstRunId || found.runId;
      return { running: found.status.name === 'RUNNING', lineage };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }

  private replace(outline: RunOutline, state: FeedState): true {
    this.waiting = [];
    this.outline = outline;
    this.state = state;
    this.problem = null;
    for (const listener of this.listeners) listener.snapshot(outline, state);
    return true;
  }

  private flush(): void {
    const events = this.waiting;
    if (events.length === 0) return;
    this.waiting = [];
    for (const listener of this.listeners) listener.events(events);
  }

  private tell(state: FeedState, problem: string): void {
    this.state = state;
    this.problem = problem;
    for (const listener of this.listeners) listener.state(state, problem);
  }
}
