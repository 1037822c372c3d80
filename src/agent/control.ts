import { z } from 'zod';

/** The signals that steer an agent, by the verb that a user gives. */
export const controlSignals = { pause: 'pause', resume: 'resume', tell: 'tell', retry: 'retry' } as const;

export type ControlVerb = keyof typeof controlSignals;

/** What the signal `tell` carries. */
export const Note = z.object({ text: z.string().min(1).max(20_000) });
export type Note = z.infer<typeof Note>;

/** What the signal `retry` carries; it is for the parent. */
export const RetryRequest = z.object({
  /** The sub-agent whose present attempt is to end, and to be started afresh. */
  agentId: z.string(),
});
export type RetryRequest = z.infer<typeof RetryRequest>;
