import { z } from 'zod';
import { ArtifactReference } from '../artifacts/store.ts';
import { ModelUsage } from './usage.ts';

/** One time that a conversation was shortened, as the workflow remembers it. */
export const Compaction = z.object({
  /** The replies up to and with this iteration's were summed up. */
  afterIteration: z.number().int().nonnegative(),
  /** What the conversation begins with since then: the entry also names what came before. */
  transcript: ArtifactReference,
});
export type Compaction = z.infer<typeof Compaction>;

/** What compacting a conversation returned. */
export const Compacted = z.object({
  transcript: ArtifactReference,
  usage: ModelUsage,
  /** About how many tokens the new conversation has. */
  contextTokens: z.number().int().nonnegative(),
  /** The first characters of the summary, for people who read the history. */
  preview: z.string(),
});
export type Compacted = z.infer<typeof Compacted>;
