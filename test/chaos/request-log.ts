import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

/** A line of the model server's log. */
export const RequestEntry = z.object({
  /** Of the request. */
  id: z.string(),
  /** What was asked for. */
  purpose: z.string(),
  what: z.enum(['asked', 'answered']),
  /** Milliseconds since the epoch. */
  at: z.number(),
});
export type RequestEntry = z.infer<typeof RequestEntry>;

/** A request as the model server saw it; null: it was not answered. */
export interface ModelRequest {
  purpose: string;
  askedAt: number;
  answeredAt: number | null;
}

/** What the model server was asked, in order. The last line of a server that was killed may be cut off. */
export function readRequests(file: string): ModelRequest[] {
  if (!existsSync(file)) return [];
  const requests = new Map<string, ModelRequest>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (!line.endsWith('}')) continue;
    const { id, purpose, what, at } = RequestEntry.parse(JSON.parse(line));
    const known = requests.get(id);
    if (what === 'asked') requests.set(id, { purpose, askedAt: at, answeredAt: null });
    else if (known) known.answeredAt = at;
  }
  return [...requests.values()];
}
