import type { ModelUsage } from '../../src/agent/usage.ts';
import type { ArtifactReference } from '../../src/artifacts/store.ts';
import type { Happening, RunEvent } from '../../src/client/run-events.ts';

/** Any artifact; it is nowhere. */
export const artifact: ArtifactReference = { sha256: 'a'.repeat(64), bytes: 1 };

/** What a model reported of a request, where a test does not care. */
export const usage: ModelUsage = { promptTokens: 100, cachedTokens: 0, completionTokens: 10, costUsd: 0.01 };

/** An event some milliseconds after the run's start. */
export function event(at: number, agentId: string, happening: Happening): RunEvent {
  return { at: 1_000 + at, agentId, ...happening };
}
