/** The headers of a reply, as far as they are read here. */
export interface ReadableHeaders {
  get(name: string): string | null;
}

/**
 * How long a provider asks to wait, in milliseconds: `retry-after-ms`, or `Retry-After` as seconds or an HTTP date.
 * Undefined when it says nothing that can be understood. `now` is what the provider's clock says, where its reply tells:
 * the one of this machine may be wrong.
 */
export function retryAfterMs(
  headers: ReadableHeaders | undefined,
  now: number = repliedAt(headers),
): number | undefined {
  const milliseconds = duration(headers?.get('retry-after-ms'));
  if (milliseconds !== undefined) return Math.ceil(milliseconds);
  const text = headers?.get('retry-after')?.trim();
  const seconds = duration(text);
  if (seconds !== undefined) return Math.ceil(seconds * 1_000);
  if (!text || /^-?[\d.]+$/.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function repliedAt(headers: ReadableHeaders | undefined): number {
  const told = Date.parse(headers?.get('date') ?? '');
  return Number.isNaN(told) ? Date.now() : told;
}

function duration(text: string | null | undefined): number | undefined {
  return text && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}
