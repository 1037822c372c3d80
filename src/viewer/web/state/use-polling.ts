import { useEffect } from 'preact/hooks';

/** How often what goes on is asked for, in milliseconds; and how often where there was nothing to see. */
const everyMs = 500;
const seldomMs = 2_000;

/**
 * Asks again and again for as long as something is shown that asks, or one of the keys changes. A server that does not
 * answer is asked again too.
 */
export function usePolling<T>(
  ask: () => Promise<T | null>,
  onAnswer: (answer: T) => void,
  keys: readonly unknown[],
  { seldom = seldomMs }: { seldom?: number } = {},
): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const askOnce = async () => {
      const answer = await ask().catch(() => null);
      if (isOver) return;
      if (answer !== null) onAnswer(answer);
      timer = setTimeout(askOnce, answer === null ? seldom : everyMs);
    };
    void askOnce();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, keys);
}
