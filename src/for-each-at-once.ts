const atOnce = 8;

/** Works through the items, eight at a time; aborted, it begins no more of them and throws. */
export async function forEachAtOnce<T>(
  items: readonly T[],
  signal: AbortSignal | undefined,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const next = items.values();
  const workInTurn = async () => {
    for (const item of next) {
      signal?.throwIfAborted();
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, workInTurn));
}
