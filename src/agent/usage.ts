import { z } from 'zod';

/** What model calls used. Costs are US dollars; null means that at least one call's price is unknown. */
export const ModelUsage = z.object({
  promptTokens: z.number().int().nonnegative(),
  cachedTokens: z.number().int().nonnegative(),
  completionTokens: z.number().int().nonnegative(),
  costUsd: z.number().nonnegative().nullable(),
});
export type ModelUsage = z.infer<typeof ModelUsage>;

/** What an agent, or a whole tree of them, used. */
export const Usage = ModelUsage.extend({
  modelCalls: z.number().int().nonnegative(),
  subQueries: z.number().int().nonnegative(),
  sandboxes: z.number().int().nonnegative(),
  agents: z.number().int().nonnegative(),
  maxDepth: z.number().int().nonnegative(),
  iterations: z.number().int().nonnegative(),
});
export type Usage = z.infer<typeof Usage>;
