import { CancellationScope, sleep } from '@temporalio/workflow';
import { isFailureOf, readableFailure } from './failures.ts';

const firstWaitMs = 10_000;
const longestWaitMs = 60_000;

/** An activity as its proxy gives it. */
interface Proxied {
  (...args: unknown[]): Promise<unknown>;
  executeWithOptions(...args: unknown[]): Promise<unknown>;
}

/**
 * The same activities, done again where what ended one was no failure of its own: its worker was told to stop, or the
 * artifact store takes nothing. That store is waited for until the surrounding scope is cancelled, as a run's time limit
 * does, or for `waitAtMostMs`, where no limit reaches.
 */
export function enduring<Activities extends object>(
  activities: Activities,
  waitAtMostMs = Number.POSITIVE_INFINITY,
): Activities {
  return new Proxy(activities, {
    get(target, name) {
      const activity = Reflect.get(target, name) as Proxied;
      const again = (...args: unknown[]) => endure(() => activity(...args), waitAtMostMs);
      const executeWithOptions = (...args: unknown[]) =>
        endure(() => activity.executeWithOptions(...args), waitAtMostMs);
      return Object.assign(again, { executeWithOptions });
    },
  });
}

async function endure<T>(attempt: () => Promise<T>, waitAtMostMs: number): Promise<T> {
  let waitedMs = 0;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(longestWaitMs, waitMs * 2)) {
    try {
      return await attempt();
    } catch (error) {
      if (CancellationScope.current().consideredCancelled) throw error;
      if (isFailureOf(error, 'HandedOver')) continue;
      if (!isFailureOf(error, 'StorageUnavailable') || waitedMs >= waitAtMostMs) throw error;
      await sleep(waitMs, { summary: `waiting: ${readableFailure(error)}`.slice(0, summaryCharacters) });
      waitedMs += waitMs;
    }
  }
}

/** Temporal keeps summaries of up to 400 bytes. */
const summaryCharacters = 200;
