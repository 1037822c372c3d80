import { signal } from '@preact/signals';
import type { RunOutline } from '../../outline.ts';
import { applyEvent } from '../../outline-events.ts';
import type { FeedState } from '../../run-feed.ts';
import type { RunSource } from './run-source.ts';

/** The run that is shown: what is known of it, kept up to date for as long as it is open. */
export class RunStore implements Disposable {
  readonly source: RunSource;
  readonly outline = signal<RunOutline | null>(null);
  readonly state = signal<FeedState>('loading');
  readonly problem = signal<string | null>(null);
  readonly connected = signal(true);
  private readonly leave: () => void;

  constructor(source: RunSource) {
    this.source = source;
    this.leave = source.listen({
      snapshot: (outline, state) => {
        this.outline.value = outline;
        this.state.value = state;
        this.problem.value = null;
      },
      events: (events) => {
        const outline = this.outline.peek();
        if (!outline) return;
        for (const event of events) applyEvent(outline, event);
        // What is new in it is in the same lists; a new object tells whoever shows it.
        this.outline.value = { ...outline };
      },
      state: (state, problem) => {
        this.state.value = state;
        this.problem.value = problem;
      },
      connection: (connected) => {
        this.connected.value = connected;
      },
    });
  }

  [Symbol.dispose](): void {
    this.leave();
  }
}
