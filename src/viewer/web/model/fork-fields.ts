import type { Limits } from '../../../agent/limits.ts';
import type { VerbRequest } from '../../verbs.ts';

/** What somebody has typed about a fork; what is empty is as its source had it. */
export interface ForkFields {
  at: string;
  model: string;
  subModel: string;
  text: string;
  limits: Partial<Record<keyof Limits, string>>;
}

/** Limits besides `maxIterations`, and what each is of. */
export const furtherLimits: readonly [name: Exclude<keyof Limits, 'maxIterations'>, meaning: string][] = [
  ['maxLlmCalls', 'prompts of an agent’s code'],
  ['cellTimeout', 'seconds for a cell'],
  ['outputLimit', 'characters of output shown'],
  ['resultTruncationLimit', 'characters of a sub-answer'],
  ['maxConcurrency', 'calls in flight'],
  ['maxRecoveries', 'rebuilt sandboxes'],
  ['maxCompactions', 'shortened conversations'],
  ['maxDepth', 'depth of sub-agents'],
  ['maxSandboxes', 'sandboxes in all'],
  ['maxTokens', 'tokens in all'],
  ['maxCostUsd', 'dollars in all'],
  ['timeout', 'seconds in all'],
];

/** How many iterations a fork may have, counted from its source's first: as many as that, or more where those are used up. */
export function suggestedIterations(at: string, limits: Limits | null): string {
  if (limits === null) return '';
  const { maxIterations } = limits;
  const begun = /^\d+$/.test(at.trim()) ? Number(at) : 0;
  return `${begun < maxIterations ? maxIterations : begun + maxIterations}`;
}

/** What the server is asked for. */
export function forkRequest(agentId: string, { at, model, subModel, text, limits }: ForkFields): VerbRequest {
  const given = Object.entries(limits).filter(([, value]) => value.trim() !== '');
  return {
    verb: 'fork',
    agentId,
    ...(at.trim() === '' ? {} : { iteration: at.trim() }),
    ...(model.trim() === '' ? {} : { model: model.trim() }),
    ...(subModel.trim() === '' ? {} : { subModel: subModel.trim() }),
    ...(text.trim() === '' ? {} : { text }),
    ...(given.length === 0 ? {} : { limits: Object.fromEntries(given) }),
  };
}
