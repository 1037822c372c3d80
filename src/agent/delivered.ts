import { z } from 'zod';
import { ArtifactReference } from '../artifacts/store.ts';
import { StoredValue } from '../artifacts/stored-value.ts';

/** An answer that the workflow has: a sub-agent's outputs, or why there is none. */
export const DeliveredItem = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('answer'),
    index: z.number().int().nonnegative(),
    output: StoredValue,
    truncateAt: z.number(),
    /** Where it was asked for: what the sub-agent changed; null is nothing. */
    patch: ArtifactReference.nullable().optional(),
  }),
  z.object({ kind: z.literal('error'), index: z.number().int().nonnegative(), error: z.string() }),
  /** The whole call was refused, however many items it has. */
  z.object({ kind: z.literal('refused'), error: z.string() }),
]);
export type DeliveredItem = z.infer<typeof DeliveredItem>;

/** How the workflow itself answered a call: with a refusal, or with what sub-agents handed in. */
export const Delivered = z.object({
  items: z.array(DeliveredItem),
  /** The sub-agents that it came from. */
  agents: z.array(z.string()).optional(),
});
export type Delivered = z.infer<typeof Delivered>;
