import { setTimeout as delay } from 'node:timers/promises';
import { SandboxLimited } from '../../errors.ts';

const firstWaitMs = 1_000;
const longestWaitMs = 30_000;

/**
 * Does something that a limit may forbid for now: sandboxes of other agents end, and rates recover. Waits as long as the
 * service says, else longer and longer. Throws {@link SandboxLimited} when the time is up.
 */
export async function waitForRoom<T>(work: () => Promise<T>, patienceMs: number, signal?: AbortSignal): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (let wait = firstWaitMs; ; wait = Math.min(2 * wait, longestWaitMs)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SandboxLimited)) throw error;
      const waitMs = error.retryAfterMs ?? wait;
      if (performance.now() + waitMs > deadline) throw error;
      await delay(waitMs, null, signal && { signal });
    }
  }
}
