import { z } from 'zod';

/** What model calls used. Costs are US dollars; null means that at least one call's price is unknown. */
export const ModelUsage = z.object({
  promptTokens: z.number().int().nonnegative(),
  cachedTokens: z.number().int().nonnegative(),
  completionTokens: z.number().int().nonnegative(),
  costUsd: z.number().nonnegative().nullable(),
});
export type ModelUsage = z.infer<typeof ModelUsage>;

export const noModelUsage: ModelUsage = { promptTokens: 0, cachedTokens: 0, completionTokens: 0, costUsd: 0 };

/** Sums usages; an unknown cost makes the sum unknown. */
export function addModelUsage(a: ModelUsage, b: ModelUsage): ModelUsage {
  return {
    promptTokens: a.promptTokens + b.promptTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    costUsd: a.costUsd === null || b.costUsd === null ? null : a.costUsd + b.costUsd,
  };
}

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

/** The usage of one agent that has done nothing yet. */
export function newUsage(depth: number): Usage {
  return { ...noModelUsage, modelCalls: 0, subQueries: 0, sandboxes: 0, agents: 1, maxDepth: depth, iterations: 0 };
}

/** Sums the usages of agents of one tree. */
export function addUsage(a: Usage, b: Usage): Usage {
  return {
    ...addModelUsage(a, b),
    modelCalls: a.modelCalls + b.modelCalls,
    subQueries: a.subQueries + b.subQueries,
    sandboxes: a.sandboxes + b.sandboxes,
    agents: a.agents + b.agents,
    maxDepth: Math.max(a.maxDepth, b.maxDepth),
    iterations: a.iterations + b.iterations,
  };
}
