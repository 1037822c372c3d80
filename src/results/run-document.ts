import { z } from 'zod';
import { PreparedInput } from '../agent/agent-arguments.ts';
import { AgentError, Finish, Status } from '../agent/agent-result.ts';
import { Limits } from '../agent/limits.ts';
import { Usage } from '../agent/usage.ts';
import { Workspace } from '../agent/workspace.ts';
import { ArtifactReference } from '../artifacts/store.ts';
import { InputPreview } from '../prompts/input-preview.ts';
import { CellStatus } from '../repl/protocol.ts';

/** One prompt or task of a call, in the results. Long texts are cut there, and say so. */
export const CallItemDocument = z.object({
  index: z.number(),
  prompt: z.string().nullable(),
  answer: z.string().nullable(),
  error: z.string().optional(),
  durationMs: z.number().optional(),
  costUsd: z.number().nullable().optional(),
});
export type CallItemDocument = z.infer<typeof CallItemDocument>;

/** One call of an iteration, in the results. */
export const CallDocument = z.object({
  /** Unique within the agent. */
  callId: z.string().optional(),
  function: z.string(),
  status: z.enum(['ok', 'error', 'refused', 'cancelled']),
  durationMs: z.number(),
  startedAt: z.string(),
  /** Prompts, tasks or 1. */
  count: z.number(),
  /** How many of them failed. */
  failed: z.number(),
  /** Ids of the sub-agents that it started. */
  agents: z.array(z.string()).optional(),
  /** What was asked and answered: the first ones, where there are many. */
  items: z.array(CallItemDocument).optional(),
});
export type CallDocument = z.infer<typeof CallDocument>;

/** One iteration, in the results. */
export const IterationDocument = z.object({
  index: z.number(),
  startedAt: z.string(),
  durationMs: z.number(),
  /** Of that, how long the model took. */
  modelMs: z.number().optional(),
  /** How its cell ended; absent where it ran none to its end. */
  cellStatus: CellStatus.optional(),
  /** What the model replied, word for word. */
  rawResponse: z.string(),
  /** The reply without its code; with the thoughts that a reasoning model told, before it. */
  reasoning: z.string(),
  /** Null: the reply held none. */
  code: z.string().nullable(),
  stdout: z.string(),
  stderr: z.string(),
  error: z.string().nullable(),
  calls: z.array(CallDocument),
});
export type IterationDocument = z.infer<typeof IterationDocument>;

/** Which agent a fork was made from, after which of its iterations. */
export const ForkOf = z.object({
  agentId: z.string(),
  after: z.number(),
  /** The sub-agent whose task was done anew. */
  again: z.string().optional(),
});
export type ForkOf = z.infer<typeof ForkOf>;

/** What a conversation was shortened to, in the model's words. */
export const SummaryDocument = z.object({
  /** It tells of the replies up to and with this iteration's. */
  afterIteration: z.number(),
  text: z.string(),
});
export type SummaryDocument = z.infer<typeof SummaryDocument>;

const agentFields = z.object({
  agentId: z.string(),
  depth: z.number(),
  /** The task of a sub-agent; of the root, its first text input or its signature. */
  task: z.string(),
  status: Status,
  finish: Finish.nullable(),
  output: z.record(z.string(), z.unknown()).nullable(),
  error: AgentError.optional(),
  /** Its parent got its answer cut. */
  resultTruncated: z.boolean().optional(),
  /** What it changed in its clone of the repository, for `git apply`; absent when that is nothing. */
  patch: z.string().optional(),
  sandboxId: z.string().nullable(),
  model: z.string(),
  /** What answered its queries. */
  subModel: z.string().optional(),
  /** What the model was shown of its inputs. */
  inputs: z.array(InputPreview).optional(),
  /** Sandboxes that were built in place of lost ones. */
  recoveries: z.number().optional(),
  parentIteration: z.number().optional(),
  startedAt: z.string(),
  durationMs: z.number(),
  usage: Usage,
  iterations: z.array(IterationDocument),
  forkOf: ForkOf.optional(),
  /** Times that its conversation was shortened to a summary. */
  compactions: z.number().default(0),
  summaries: z.array(SummaryDocument).optional(),
  /** Things worth knowing of how it went. */
  remarks: z.array(z.string()).optional(),
});

/** One agent as its workflow's end wrote it; its sub-agents have records of their own. */
export const AgentRecord = agentFields.extend({
  inputs: z.array(PreparedInput).optional(),
  iterations: z.array(IterationDocument.extend({ transcript: ArtifactReference.optional() })),
  lineage: z.string(),
  recoveries: z.number(),
  signature: z.string(),
  limits: Limits,
  workspace: Workspace.optional(),
  /** From which forks begin. */
  journal: ArtifactReference.optional(),
  /** The end of its conversation, whose entries name those before them; null: nothing was said. */
  transcript: ArtifactReference.nullable().default(null),
  /** The patch may be large, so the record only names it. */
  patch: ArtifactReference.optional(),
  children: z.array(z.string()),
});
export type AgentRecord = z.infer<typeof AgentRecord>;

/** An agent in the results of a run, with those below it. */
export type AgentDocument = z.infer<typeof agentFields> & { children: AgentDocument[] };
export const AgentDocument: z.ZodType<AgentDocument> = z.lazy(() =>
  agentFields.extend({ children: z.array(AgentDocument) }),
);

/** The results of a run: what `--json`, `rlm result --json` and `results/RUN_ID.json` hold. */
export const RunDocument = z.object({
  runId: z.string(),
  status: Status,
  finish: Finish.nullable(),
  output: z.record(z.string(), z.unknown()).nullable(),
  error: AgentError.optional(),
  patch: z.string().optional(),
  usage: Usage,
  startedAt: z.string(),
  durationMs: z.number(),
  /** Sandboxes and kernels that were rebuilt. */
  recoveries: z.number(),
  /** Times that conversations were shortened to a summary, of the whole tree. */
  compactions: z.number().default(0),
  signature: z.string(),
  model: z.string(),
  repository: z.string().optional(),
  commit: z.string().optional(),
  limits: Limits,
  /** Whether a scripted model answered. */
  scripted: z.boolean(),
  root: AgentDocument,
});
export type RunDocument = z.infer<typeof RunDocument>;

/** Where the record of an agent is kept in the artifact store. */
export function agentRecordName(agentId: string): string {
  return `agents/${agentId}/record`;
}
