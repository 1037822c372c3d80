import { z } from 'zod';
import { ArtifactReference } from '../artifacts/store.ts';
import { StoredValue } from '../artifacts/stored-value.ts';
import { BudgetLeft } from '../prompts/budget-footer.ts';
import { PreparedAgent } from './agent-arguments.ts';
import { CallSummary } from './cell.ts';
import { ModelUsage } from './usage.ts';

/** What the model is told before it replies; the activity that asks it makes the words. */
export const Turn = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('first'),
    prepared: PreparedAgent,
    depth: z.number().int().nonnegative(),
    budget: BudgetLeft,
  }),
  z.object({
    kind: z.literal('observation'),
    output: ArtifactReference,
    outputLimit: z.number(),
    calls: z.array(CallSummary),
    notes: z.array(z.string()),
    budget: BudgetLeft,
  }),
  z.object({
    kind: z.literal('reminder'),
    reason: z.enum(['no-code', 'other-language', 'empty']),
    languages: z.array(z.string()),
    budget: BudgetLeft,
  }),
]);
export type Turn = z.infer<typeof Turn>;

/** What the loop needs of a reply. */
export const Reply = z.discriminatedUnion('kind', [
  /** The code is a text. */
  z.object({ kind: z.literal('code'), code: StoredValue }),
  z.object({ kind: z.literal('no-code') }),
  z.object({ kind: z.literal('other-language'), languages: z.array(z.string()) }),
  z.object({ kind: z.literal('empty') }),
]);
export type Reply = z.infer<typeof Reply>;

/** What asking the model returned. */
export const ModelTurn = z.object({
  /** The transcript with the reply. */
  transcript: ArtifactReference,
  reply: Reply,
  usage: ModelUsage,
  /** Tokens of the whole conversation: as the provider counted, or estimated where it did not. */
  contextTokens: z.number().int().nonnegative().optional(),
  /** The first characters of the reasoning, for people who read the history. */
  preview: z.string(),
});
export type ModelTurn = z.infer<typeof ModelTurn>;

/** What one extraction call returned. */
export const Extraction = z.object({
  transcript: ArtifactReference,
  usage: ModelUsage,
  outcome: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('valid'), output: StoredValue }),
    z.object({ kind: z.literal('invalid'), problems: z.array(z.string()) }),
  ]),
});
export type Extraction = z.infer<typeof Extraction>;
