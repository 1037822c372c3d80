import pc from 'picocolors';
import { ArtifactMissing, type ArtifactReference, type ArtifactStore } from '../artifacts/store.ts';
import type { RunEvent } from '../client/run-events.ts';
import { EndedEvent } from '../repl/protocol.ts';
import { eventLine } from './event-lines.ts';
import { say } from './output.ts';
import { newRunView, type RunView, reduceRun } from './run-view.ts';
import { storyLines } from './story-lines.ts';

export type ProgressMode = 'live' | 'plain' | 'verbose' | 'quiet';

/** Shows a run while it goes on. */
export interface Progress extends Disposable {
  show(event: RunEvent): Promise<void> | void;
  /** Gives the terminal to somebody else until {@link resume}. */
  pause(): void;
  resume(): void;
}

export interface ProgressOptions {
  runId: string;
  store: ArtifactStore;
  /** Null: the events will say. */
  scripted: boolean | null;
  webUi: string | null;
}

/** How progress is shown: a living tree on a terminal, below the story where that is told; lines elsewhere. */
export function progressMode(options: { verbose?: boolean; quiet?: boolean }): ProgressMode {
  if (options.quiet) return 'quiet';
  if (options.verbose) return 'verbose';
  return canDraw() ? 'live' : 'plain';
}

/** Whether lines can be drawn again. */
function canDraw(): boolean {
  const { isTTY, columns } = process.stderr;
  return isTTY && columns > 0 && process.env.TERM !== 'dumb';
}

/** Opens the display of a run. */
export async function openProgress(mode: ProgressMode, options: ProgressOptions): Promise<Progress> {
  switch (mode) {
    case 'quiet':
      return lines(options, () => []);
    case 'plain':
      return lines(options, (event, view) => eventLine(event, view) ?? []);
    case 'verbose': {
      const colors = pc.createColors(pc.isColorSupported && process.stderr.isTTY);
      let told = options.runId;
      const tell: Teller = async (event, view) => {
        const cell = event.type === 'cell-ended' ? await readCell(options.store, event.output) : null;
        const story = storyLines(event, view, colors, cell, told);
        if (story.length > 0) told = event.agentId;
        return story;
      };
      return canDraw() ? live(options, tell) : lines(options, tell);
    }
    case 'live':
      return live(options, null);
  }
}

async function live({ runId, scripted, webUi }: ProgressOptions, tell: Teller | null): Promise<Progress> {
  const { LiveProgress } = await import('./live-progress.ts');
  return new LiveProgress(newRunView(runId, scripted), webUi, tell);
}

/** What is said of an event. */
export type Teller = (event: RunEvent, view: RunView) => Promise<string[]> | string[] | string;

function lines({ runId, scripted }: ProgressOptions, tell: Teller): Progress {
  let view = newRunView(runId, scripted);
  return {
    async show(event) {
      view = reduceRun(view, event);
      say(...[await tell(event, view)].flat());
    },
    pause() {},
    resume() {},
    [Symbol.dispose]() {},
  };
}

/** The whole output of a cell; null where this process cannot read it, and the event's preview has to do. */
export async function readCell(store: ArtifactStore, output: ArtifactReference): Promise<EndedEvent | null> {
  try {
    return EndedEvent.parse(JSON.parse(Buffer.from(await store.get(output)).toString('utf8')));
  } catch (error) {
    if (error instanceof ArtifactMissing) say(`rlm: ${error.message}`);
    return null; // A store that this machine cannot reach must not end the display.
  }
}
