/** A batch is split over this many activities when it is large: finished parts survive what happens to the others. */
const parts = 4;
const promptsWorthSplitting = 100;

/** The parts in which a call of so many prompts is answered, each from one index up to, not including, another. */
export function promptRanges(count: number): { from: number; to: number }[] {
  const size = Math.ceil(count / (count > promptsWorthSplitting ? parts : 1));
  const ranges: { from: number; to: number }[] = [];
  for (let from = 0; from < count; from += size) ranges.push({ from, to: Math.min(count, from + size) });
  return ranges;
}
