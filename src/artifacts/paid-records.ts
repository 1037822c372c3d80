import { setTimeout as delay } from 'node:timers/promises';
import { StorageUnavailable } from '../errors.ts';
import type { ArtifactStore } from './store.ts';

const firstWaitMs = 1_000;
const longestWaitMs = 10_000;

/** What an activity needs at its end to tell of a failure in its own words. */
const marginMs = 5_000;

/** So many records that could not be written are remembered; each is one answer, or one group of them. */
const mostUnwritten = 1_000;

/** How an activity waits. */
export interface Patience {
  /** Ends the waiting. */
  signal: AbortSignal;
  /** Milliseconds that are left of the activity's time. */
  timeLeftMs(): number;
  /** Says what it waits for, where the Web UI shows it. */
  report(progress: string): void;
}

/** Reads and writes records. */
export type Records = Pick<ArtifactStore, 'readRecord' | 'writeRecord'>;

/**
 * Records that were paid for. While the store takes none, they are kept in this process and written as soon as it does:
 * within the activity that got them as long as that may run, else by the one that looks for them next.
 */
export class PaidRecords {
  private readonly store: ArtifactStore;
  private readonly unwritten = new Map<string, Uint8Array>();
  private readonly onWait: (message: string) => void;

  /** @param onWait Told of each time that a store takes nothing, once. */
  constructor(store: ArtifactStore, onWait: (message: string) => void = () => {}) {
    this.store = store;
    this.onWait = onWait;
  }

  /** As one activity reads and writes them. Writing throws `StorageUnavailable` when the activity's time is nearly over. */
  during(patience: Patience): Records {
    return {
      readRecord: async (name) => {
        const unwritten = this.unwritten.get(name);
        if (unwritten === undefined) return this.store.readRecord(name);
        await this.write(name, unwritten, patience);
        return unwritten;
      },
      writeRecord: (name, bytes) => this.write(name, bytes, patience),
    };
  }

  private async write(name: string, bytes: Uint8Array, { signal, timeLeftMs, report }: Patience): Promise<void> {
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(longestWaitMs, waitMs * 2)) {
      try {
        await this.store.writeRecord(name, bytes);
        this.unwritten.delete(name);
        return;
      } catch (error) {
        if (!(error instanceof StorageUnavailable)) throw error;
        if (this.unwritten.size === 0) this.onWait(error.message);
        this.remember(name, bytes);
        if (timeLeftMs() < waitMs + marginMs) throw error;
        report(`an answer waits to be kept: ${error.message}`);
      }
      await delay(waitMs, undefined, { signal });
    }
  }

  private remember(name: string, bytes: Uint8Array): void {
    this.unwritten.set(name, bytes);
    for (const oldest of this.unwritten.keys()) {
      if (this.unwritten.size <= mostUnwritten) break;
      this.unwritten.delete(oldest);
    }
  }
}
