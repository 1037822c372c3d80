import { z } from 'zod';
import { ArtifactReference } from '../artifacts/store.ts';
import { StoredValue } from '../artifacts/stored-value.ts';
import { CellStatus } from '../repl/protocol.ts';
import { PreparedInput } from './agent-arguments.ts';

/** A sub-agent that running Python asks for. */
export const SubTask = z.object({
  /** The first characters of its task, as people are shown it. */
  title: z.string(),
  inputs: z.array(PreparedInput),
  /** Whether what it changes comes with its answer. */
  patch: z.boolean(),
});
export type SubTask = z.infer<typeof SubTask>;

/** A call of running Python, as it crosses the workflow history. */
export const Call = z.object({
  callId: z.string(),
  function: z.string(),
  arguments: StoredValue,
  /** How many items its answer has. */
  count: z.number().int().positive(),
  batch: z.boolean(),
  /** Nothing in the cell can go on before this is answered. */
  alone: z.boolean(),
  /** One per sub-agent, for `rlm_query*`. */
  tasks: z.array(SubTask).optional(),
});
export type Call = z.infer<typeof Call>;

/** What the workflow of a sub-agent is labelled with: the call that started it, and how many sub-agents that starts. */
export const StartingCall = z.object({
  callId: z.string(),
  function: z.string(),
  count: z.number().int().positive(),
});
export type StartingCall = z.infer<typeof StartingCall>;

/** How a cell ended; its whole output is in the artifact. */
export const CellEnd = z.object({
  cellId: z.string(),
  status: CellStatus,
  /** The `EndedEvent` in full. */
  output: ArtifactReference,
  /** Of its output, error and end: the same code with the same answers has the same. */
  digest: z.string(),
  /** The first characters of its output or error, for people who read the history. */
  preview: z.string(),
  durationMs: z.number(),
  note: z.string().nullable(),
  /** The valid values, when it submitted. */
  submitted: StoredValue.nullable(),
});
export type CellEnd = z.infer<typeof CellEnd>;

/** What is new of a cell since the cursor before. */
export const CellProgress = z.object({
  cursor: z.number().int().nonnegative(),
  calls: z.array(Call),
  end: CellEnd.nullable(),
});
export type CellProgress = z.infer<typeof CellProgress>;

/** One call as the results keep it. */
export const CallRecord = z.object({
  callId: z.string(),
  function: z.string(),
  status: z.enum(['ok', 'error', 'refused', 'cancelled']),
  count: z.number().int().positive(),
  failed: z.number().int().nonnegative(),
  startedAt: z.number(),
  durationMs: z.number(),
  /** Sub-agents that it started. */
  agents: z.array(z.string()).optional(),
});
export type CallRecord = z.infer<typeof CallRecord>;

/** How often a cell called a function. */
export const CallSummary = z.object({ function: z.string(), count: z.number(), failed: z.number() });
export type CallSummary = z.infer<typeof CallSummary>;

/** One line a function: a cell may have made thousands of calls. */
export function summarizeCalls(calls: readonly CallSummary[]): CallSummary[] {
  const byFunction = new Map<string, CallSummary>();
  for (const { function: name, count, failed } of calls) {
    const sum = byFunction.get(name) ?? { function: name, count: 0, failed: 0 };
    byFunction.set(name, { function: name, count: sum.count + count, failed: sum.failed + failed });
  }
  return [...byFunction.values()];
}

/** One iteration as the workflow remembers it. */
export const IterationRecord = z.object({
  index: z.number().int().positive(),
  startedAt: z.number(),
  durationMs: z.number(),
  /** Of that, how long the model took. */
  modelMs: z.number().optional(),
  /** The transcript up to and with this iteration's reply. */
  transcript: ArtifactReference,
  cell: CellEnd.nullable(),
  calls: z.array(CallRecord),
  /** Those of its calls that an earlier execution of the workflow put aside. */
  earlierCalls: z.array(CallSummary).optional(),
});
export type IterationRecord = z.infer<typeof IterationRecord>;
