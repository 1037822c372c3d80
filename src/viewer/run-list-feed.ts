import type { ListedRun } from './list-runs.ts';

/** How often the list is asked for while somebody looks at it, in milliseconds. */
const everyMs = 1_000;

export interface RunListListener {
  runs(runs: ListedRun[]): void;
  problem(message: string): void;
}

/** The list of runs, for everybody who looks at it: asked for while anybody does, and told when it changes. */
export class RunListFeed implements Disposable {
  private readonly list: () => Promise<ListedRun[]>;
  private readonly listeners = new Set<RunListListener>();
  private timer: NodeJS.Timeout | null = null;
  private latest: ListedRun[] | null = null;
  private asking = false;

  constructor(list: () => Promise<ListedRun[]>) {
    this.list = list;
  }

  listen(listener: RunListListener): () => void {
    this.listeners.add(listener);
    if (this.latest) listener.runs(this.latest);
    this.timer ??= setInterval(() => void this.ask(), everyMs);
    void this.ask();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.rest();
    };
  }

  private async ask(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      const runs = await this.list();
      const isNew = JSON.stringify(runs) !== JSON.stringify(this.latest);
      this.latest = runs;
      if (isNew) for (const listener of this.listeners) listener.runs(runs);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      for (const listener of this.listeners) listener.problem(message);
      // When it works again, everybody is told.
      this.latest = null;
    } finally {
      this.asking = false;
    }
  }

  private rest(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  [Symbol.dispose](): void {
    this.rest();
    this.listeners.clear();
  }
}
