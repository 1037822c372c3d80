/** A duration as people read it: `0.84 s`, `12.3 s`, `2 min 05 s`, `1 h 02 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1_000;
  if (seconds < 1) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
  return `${Math.floor(minutes / 60 / 24)} days`;
}

/** A count with its digits in groups: `12,345`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** A number of bytes: `312 B`, `4.2 kB`, `1.3 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const step = Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1_000 ** step).toFixed(1)} ${['kB', 'MB', 'GB'][step - 1]}`;
}

/** A count and what is counted: `1 iteration`, `3 iterations`, `2 sub-queries`. */
export function formatCounted(count: number, singular: string): string {
  const plural = pluralOf(singular);
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** A cost in US dollars; what nobody knows is `unknown`, not nothing. */
export function formatCost(costUsd: number | null): string {
  if (costUsd === null) return 'unknown';
  if (costUsd === 0) return '$0';
  return costUsd < 1 ? `$${costUsd.toFixed(4)}` : `$${costUsd.toFixed(2)}`;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}

function pluralOf(singular: string): string {
  if (singular.endsWith('y')) return `${singular.slice(0, -1)}ies`;
  return singular.endsWith('x') ? `${singular}es` : `${singular}s`;
}
