import { z } from 'zod';
import { ArtifactReference } from '../artifacts/store.ts';
import { PreparedAgent } from './agent-arguments.ts';
import { Archive } from './archive.ts';
import { Compaction } from './compaction.ts';

/** Where kept answers of an earlier attempt are found: its lineage, and the model that its queries asked. */
export const AnswerSource = z.object({ lineage: z.string(), subModel: z.string() });
export type AnswerSource = z.infer<typeof AnswerSource>;

/** All that a fork of an agent begins from: what it was, and what it did. */
export const Journal = Archive.extend({
  prepared: PreparedAgent,
  compactions: z.array(Compaction).default([]),
  /** Its own answers first, then those of the agents that it was forked from. */
  sources: z.array(AnswerSource),
});
export type Journal = z.infer<typeof Journal>;

/** An agent in progress as its workflow tells it: with the earlier executions' part still put aside. */
export const OpenJournal = Journal.extend({ archive: ArtifactReference.nullable() });
export type OpenJournal = z.infer<typeof OpenJournal>;
