import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import type { RunEvent } from '../client/run-events.ts';
import { say } from './output.ts';
import type { Progress, Teller } from './progress.ts';
import { renderRun } from './render-run.ts';
import { type RunView, reduceRun } from './run-view.ts';

/** Often enough for a clock that counts tenths of seconds. */
const frameMs = 100;

/** With a story above it, the tree has this part of the terminal's rows. */
const rowsBesideStory = 1 / 3;

/**
 * A tree of agents on the terminal that is drawn again as the run goes on; what it showed last is cleared at the end. What
 * the teller says of events stands above it, and stays.
 */
export class LiveProgress implements Progress {
  private view: RunView;
  private readonly webUi: string | null;
  private readonly update = createLogUpdate(process.stderr);
  private readonly timer = setInterval(() => this.draw(), frameMs);
  private paused = false;
  private readonly tell: Teller | null;
  /** Told while somebody else has the terminal. */
  private untold: string[] = [];

  constructor(view: RunView, webUi: string | null, tell: Teller | null = null) {
    this.view = view;
    this.webUi = webUi;
    this.tell = tell;
    this.timer.unref();
    process.stderr.on('resize', this.onResize);
    this.draw();
  }

  async show(event: RunEvent): Promise<void> {
    this.view = reduceRun(this.view, event);
    if (this.tell === null) return;
    this.untold.push(...[await this.tell(event, this.view)].flat());
    this.tellStory();
  }

  pause(): void {
    this.paused = true;
    this.update.done();
  }

  resume(): void {
    this.paused = false;
    this.tellStory();
    this.draw();
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
    process.stderr.off('resize', this.onResize);
    if (!this.paused) this.update.clear();
    this.update.done();
    say(...this.untold);
  }

  private readonly onResize = () => {
    // Lines drawn for another width have wrapped, and would not be found again.
    if (!this.paused) this.update.clear();
    this.draw();
  };

  private tellStory(): void {
    if (this.paused || this.untold.length === 0) return;
    this.update.clear();
    say(...this.untold);
    this.untold = [];
    this.draw();
  }

  private draw(): void {
    if (this.paused) return;
    const { columns } = process.stderr;
    const rows = Math.floor(process.stderr.rows * (this.tell ? rowsBesideStory : 1));
    const canvas = { columns: columns - 1, rows, colors: pc, now: Date.now(), webUi: this.webUi };
    this.update(renderRun(this.view, canvas).join('\n'));
  }
}
