import { z } from 'zod';
import { ArtifactReference } from '../artifacts/store.ts';

/** A new run that begins with what another agent did. */
export const Fork = z.strictObject({
  /** The agent that it is made from. */
  source: z.string(),
  /** Its {@link Journal}. */
  journal: ArtifactReference,
  /** So many of its iterations are taken over. */
  after: z.number().int().nonnegative(),
  /** The reply of the next iteration is taken over too; in its cell, this sub-agent's task alone is done anew. */
  again: z.string().optional(),
});
export type Fork = z.infer<typeof Fork>;
