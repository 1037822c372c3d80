import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import type { RunEvent } from '../client/run-events.ts';
import type { Progress } from './progress.ts';
import { renderRun } from './render-run.ts';
import { type RunView, reduceRun } from './run-view.ts';

/** Often enough for a clock that counts tenths of seconds. */
const frameMs = 100;

/** A tree of agents on the terminal that is drawn again as the run goes on; what it showed last is cleared at the end. */
export class LiveProgress implements Progress {
  private view: RunView;
  private readonly webUi: string | null;
  private readonly update = createLogUpdate(process.stderr);
  private readonly timer = setInterval(() => this.draw(), frameMs);
  private paused = false;

  constructor(view: RunView, webUi: string | null) {
    this.view = view;
    this.webUi = webUi;
    this.timer.unref();
    process.stderr.on('resize', this.onResize);
    this.draw();
  }

  show(event: RunEvent): void {
    this.view = reduceRun(this.view, event);
  }

  pause(): void {
    this.paused = true;
    this.update.done();
  }

  resume(): void {
    this.paused = false;
    this.draw();
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
    process.stderr.off('resize', this.onResize);
    if (!this.paused) this.update.clear();
    this.update.done();
  }

  private readonly onResize = () => {
    // Lines drawn for another width have wrapped, and would not be found again.
    if (!this.paused) this.update.clear();
    this.draw();
  };

  private draw(): void {
    if (this.paused) return;
    const { columns, rows } = process.stderr;
    const canvas = { columns: columns - 1, rows, colors: pc, now: Date.now(), webUi: this.webUi };
    this.update(renderRun(this.view, canvas).join('\n'));
  }
}
