import { z } from 'zod';
import { FaultOrder } from './faults.ts';
import type { LoggedRequest, RequestCounts, RequestLog } from './request-log.ts';

/** `POST /control`: first `reset`, then the rest. */
export const Control = z.strictObject({
  /** Forgets requests, counts, ordered faults and the prefix cache. */
  reset: z.boolean().optional(),
  latencyMs: z.number().nonnegative().optional(),
  fail: z.array(FaultOrder).optional(),
});
export type Control = z.infer<typeof Control>;

/** What `/control` answers. */
export interface ControlState {
  counts: RequestCounts;
  requests: LoggedRequest[];
}

export function controlState({ counts, requests }: RequestLog): ControlState {
  return { counts, requests };
}
