import type { ModelUsage, Usage } from './usage.ts';

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
