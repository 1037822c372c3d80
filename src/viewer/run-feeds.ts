import type { Client } from '@temporalio/client';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { RunOutline } from './outline.ts';
import { RunFeed } from './run-feed.ts';

/** How long a run is kept in mind that nobody looks at, in milliseconds: a page that is loaded anew finds it there. */
const keptMs = 30_000;

/** The runs that somebody looks at, each followed once however many browsers show it. */
export class RunFeeds implements Disposable {
  private readonly client: Client | null;
  private readonly store: ArtifactStore;
  private readonly feeds = new Map<string, RunFeed>();
  private readonly leaving = new Map<string, NodeJS.Timeout>();

  constructor(client: Client | null, store: ArtifactStore) {
    this.client = client;
    this.store = store;
  }

  /** The feed of a run, which is started when there is none. */
  open(runId: string): RunFeed {
    const known = this.feeds.get(runId);
    // One that was not there may be there now.
    const feed =
      known && known.state !== 'forgotten' ? known : new RunFeed({ client: this.client, store: this.store, runId });
    this.feeds.set(runId, feed);
    this.release(runId);
    return feed;
  }

  /** What is known of a run that somebody looks at while it goes on; null: nobody does. */
  followed(runId: string): RunOutline | null {
    const feed = this.feeds.get(runId);
    return feed?.state === 'live' ? feed.outline : null;
  }

  /** To be said when somebody stops looking at a run. */
  release(runId: string): void {
    clearTimeout(this.leaving.get(runId));
    const timer = setTimeout(() => {
      const feed = this.feeds.get(runId);
      if (feed?.isWatched) return this.release(runId);
      feed?.stop();
      this.feeds.delete(runId);
      this.leaving.delete(runId);
    }, keptMs);
    timer.unref();
    this.leaving.set(runId, timer);
  }

  [Symbol.dispose](): void {
    for (const timer of this.leaving.values()) clearTimeout(timer);
    for (const feed of this.feeds.values()) feed.stop();
    this.feeds.clear();
  }
}
