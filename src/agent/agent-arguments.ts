import { z } from 'zod';
import { StoredValue } from '../artifacts/stored-value.ts';
import { UsageError } from '../errors.ts';
import { InputPreview } from '../prompts/input-preview.ts';
import { ToolFunction } from '../repl/protocol.ts';
import { Signature } from '../signature/signature.ts';
import { Fork } from './fork.ts';
import { Limits, LimitsInput } from './limits.ts';
import { Workspace, WorkspaceInput } from './workspace.ts';

/** A tool as a workflow sees it: what the kernel needs, and how its activity is scheduled. */
export const AgentTool = ToolFunction.extend({
  timeoutSeconds: z.number().positive(),
  /** Whether a call may be made again after a failure that leaves its outcome unknown. */
  idempotent: z.boolean(),
});
export type AgentTool = z.infer<typeof AgentTool>;

/** Part of the tree's budgets that an agent may spend without asking. Null: that budget has no limit. */
export const Lease = z.object({ tokens: z.number().nullable(), costUsd: z.number().nullable() });
export type Lease = z.infer<typeof Lease>;

/** An input as the workflow carries it: where its value is, and what the model is shown of it. */
export const PreparedInput = z.object({ name: z.string(), stored: StoredValue, preview: InputPreview });
export type PreparedInput = z.infer<typeof PreparedInput>;

/** An agent with every default filled in and every input checked and stored. */
export const PreparedAgent = z.object({
  /** Name of the worker's agent that it was made from; null where a signature was all that was given. */
  definition: z.string().nullable(),
  signature: Signature,
  inputs: z.array(PreparedInput),
  tools: z.array(AgentTool),
  /** Null: it works on no repository. */
  workspace: Workspace.nullable(),
  instructions: z.string().nullable(),
  model: z.string(),
  subModel: z.string(),
  /** Tokens that a conversation with `model` may have; null: no end is known. Absent: it is never compacted. */
  contextWindow: z.number().int().positive().nullable().optional(),
  limits: Limits,
});
export type PreparedAgent = z.infer<typeof PreparedAgent>;

/** Where a sub-agent stands in its tree. */
export const Place = z.object({
  runId: z.string(),
  depth: z.number().int().positive(),
  parentIteration: z.number().int().positive(),
  /** When it must have ended, in milliseconds since the epoch. */
  deadline: z.number(),
  lease: Lease,
  prepared: PreparedAgent,
});
export type Place = z.infer<typeof Place>;

/** They begin every request to the model. */
const Instructions = z.string().max(200_000, 'instructions may have 200,000 characters; give longer texts as inputs');

/** Throws `UsageError` when they are too long. */
export function checkInstructions(text: string | null | undefined): void {
  const checked = Instructions.nullish().safeParse(text);
  if (!checked.success) throw new UsageError(checked.error.issues[0]?.message ?? 'the instructions are no text');
}

/**
 * The one argument of the workflow type `agent`.
 *
 * A user gives an agent that the worker knows, or a signature; and inputs, inline or (from a client with access to the
 * artifact store) stored. `place` is set by a parent agent only.
 */
export const AgentArguments = z.strictObject({
  /** Name of an agent that the worker was started with. */
  agent: z.string().optional(),
  /** Such as `question: str -> answer: str`; needed where `agent` is not given. */
  signature: z.union([z.string(), Signature]).optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  storedInputs: z.record(z.string(), StoredValue).optional(),
  /** A git repository, of which each agent of the tree gets a clone of its own at `/workspace`. Default: the agent's. */
  workspace: WorkspaceInput.optional(),
  instructions: Instructions.optional(),
  /** `provider/name`. Default: the agent's, else the worker's. */
  model: z.string().optional(),
  /** Serves `llm_query*`. Default: the agent's, else the worker's, else `model`. */
  subModel: z.string().optional(),
  limits: LimitsInput.optional(),
  /** Begins with what another agent did; signature and inputs are that one's. Set by `forkAgent`. */
  fork: Fork.optional(),
  place: Place.optional(),
});
export type AgentArguments = z.infer<typeof AgentArguments>;
