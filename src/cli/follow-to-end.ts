import { setTimeout } from 'node:timers/promises';
import type { RunHandle } from '../client/run-handle.ts';
import { UsageError } from '../errors.ts';
import type { RunDocument } from '../results/run-document.ts';
import { askWhatToDo, type Choice, type Interruptions } from './interruptions.ts';
import { say } from './output.ts';
import type { Progress } from './progress.ts';

/** Events may come a little later than the result that they lead to. */
const lateEventsMs = 1_000;

export interface Following {
  handle: RunHandle<unknown>;
  progress: Progress;
  interruptions: Interruptions;
  /** Settles only by a fault that makes waiting useless. */
  failed: Promise<never>;
  /** What a signal means where nobody can be asked. */
  unasked: 'cancel' | 'leave';
}

/** How watching a run ended: with the run, or before it. */
export type Ending = { kind: 'ended'; document: RunDocument } | { kind: 'detach' } | { kind: 'leave' };

/** Shows a run until it ends, or until its watcher is interrupted and says what is to become of it. */
export async function followToEnd({ handle, progress, interruptions, failed, unasked }: Following): Promise<Ending> {
  const stop = new AbortController();
  const shown = showEvents(handle, progress, stop.signal);
  const ended = handle.document().then(async (document): Promise<Ending> => {
    await Promise.race([shown, setTimeout(lateEventsMs, null, { ref: false })]);
    return { kind: 'ended', document };
  });
  // It is awaited below, in a race that somebody else may win.
  ended.catch(() => {});
  let cancelling: Promise<never> | null = null;
  try {
    for (;;) {
      const next = await Promise.race([ended, failed, interruptions.next(), ...(cancelling ? [cancelling] : [])]);
      if (typeof next !== 'string') return next;
      if (cancelling) return { kind: 'leave' };
      const choice = await choose(next, { progress, ended, unasked });
      if (choice === 'detach' || choice === 'leave') return { kind: choice };
      if (choice === 'cancel') {
        say(`cancelling ${handle.runId} …`);
        // A server that is away may keep it waiting, and another signal must be heard meanwhile.
        cancelling = cancel(handle);
        cancelling.catch(() => {});
      }
    }
  } finally {
    stop.abort();
    await shown;
  }
}

/** Settles only by a failure. */
async function cancel(handle: RunHandle<unknown>): Promise<never> {
  try {
    await handle.cancel();
  } catch (error) {
    // One that has ended meanwhile needs no cancelling.
    if (!(error instanceof UsageError)) throw error;
  }
  return new Promise(() => {});
}

async function choose(
  signal: NodeJS.Signals,
  { progress, ended, unasked }: Pick<Following, 'progress' | 'unasked'> & { ended: Promise<unknown> },
): Promise<Choice> {
  if (signal !== 'SIGINT' || !process.stdin.isTTY || !process.stderr.isTTY) return unasked;
  const settled = new AbortController();
  ended.then(
    () => settled.abort(),
    () => settled.abort(),
  );
  progress.pause();
  try {
    return await askWhatToDo(settled.signal);
  } finally {
    progress.resume();
  }
}

async function showEvents(handle: RunHandle<unknown>, progress: Progress, signal: AbortSignal): Promise<void> {
  try {
    for await (const event of handle.events(signal)) await progress.show(event);
  } catch (error) {
    // The run goes on without being shown; whether it can be waited for shows elsewhere.
    if (!signal.aborted) say(`rlm: progress cannot be shown any more: ${(error as Error).message}`);
  }
}
