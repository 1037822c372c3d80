/** Divides a limit over parts of these lengths: short ones get all they need, what they leave goes to the long ones. */
export function shareLimit(lengths: readonly number[], limit: number): number[] {
  const shares = lengths.map(() => 0);
  const byLength = lengths.map((length, index) => ({ length, index })).sort((a, b) => a.length - b.length);
  let left = limit;
  for (const [position, { length, index }] of byLength.entries()) {
    const share = Math.min(length, Math.floor(left / (byLength.length - position)));
    shares[index] = share;
    left -= share;
  }
  return shares;
}
