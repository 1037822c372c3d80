import { z } from 'zod';
import { runOf } from '../agent/names.ts';

/** What garbage collection reads of an agent's record. */
export const RecordedAgent = z.object({
  agentId: z.string(),
  lineage: z.string(),
  startedAt: z.string(),
  durationMs: z.number(),
});
export type RecordedAgent = z.infer<typeof RecordedAgent>;

/** Agents that Temporal knows, open or closed. */
export interface KnownAgents {
  /** Workflow ids. */
  ids: ReadonlySet<string>;
  /** Their attempts. */
  lineages: ReadonlySet<string>;
}

/**
 * The agents whose records are given up: those of runs that Temporal knows nothing of any more, and whose last agent
 * ended before that time (milliseconds since the epoch).
 */
export function agentsGivenUp(
  recorded: readonly RecordedAgent[],
  { ids }: Pick<KnownAgents, 'ids'>,
  endedBefore: number,
): Set<string> {
  const retained = new Set([...ids].map(runOf));
  for (const { agentId, startedAt, durationMs } of recorded) {
    // An end that cannot be read is no old one.
    if (!(Date.parse(startedAt) + durationMs < endedBefore)) retained.add(runOf(agentId));
  }
  return new Set(recorded.map(({ agentId }) => agentId).filter((agentId) => !retained.has(runOf(agentId))));
}

/** Whom a record belongs to, by its name. */
export type Owner =
  | { kind: 'agent'; agentId: string }
  | { kind: 'lineage'; lineage: string }
  | { kind: 'kernel'; kernelId: string }
  /** It is nobody's, or of a version that is newer than this one. */
  | { kind: 'unknown' };

export function ownerOf(recordName: string): Owner {
  const [, agentId] = /^agents\/(.+)\/record$/.exec(recordName) ?? [];
  if (agentId !== undefined) return { kind: 'agent', agentId };
  const [, lineage] = /^answers\/([^/]+)\//.exec(recordName) ?? [];
  if (lineage !== undefined) return { kind: 'lineage', lineage };
  const [, kernelId] = /^submissions\/([0-9a-f]{16})\//.exec(recordName) ?? [];
  return kernelId === undefined ? { kind: 'unknown' } : { kind: 'kernel', kernelId };
}
