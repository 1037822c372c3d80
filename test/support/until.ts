import { setTimeout } from 'node:timers/promises';

/** Waits for a condition, and fails when it does not come true in time. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`did not come true within ${timeoutMs} ms: ${condition}`);
    await setTimeout(20);
  }
}
