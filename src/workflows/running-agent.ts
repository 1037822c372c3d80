import type { SignalDefinition } from '@temporalio/workflow';
import type { OpenSandbox } from '../activities/open-sandbox.ts';
import type { PreparedAgent } from '../agent/agent-arguments.ts';
import type { Phase } from '../agent/agent-state.ts';
import type { Archive } from '../agent/archive.ts';
import type { IterationRecord } from '../agent/cell.ts';
import type { Compaction } from '../agent/compaction.ts';
import type { Delivered } from '../agent/delivered.ts';
import type { AnswerSource } from '../agent/journal.ts';
import type { Turn } from '../agent/turn.ts';
import type { Usage } from '../agent/usage.ts';
import type { Patch } from '../agent/workspace.ts';
import type { ArtifactReference } from '../artifacts/store.ts';
import type { StoredValue } from '../artifacts/stored-value.ts';
import type { Budget } from './budget.ts';
import type { Slots } from './slots.ts';

/** Everything that one agent's workflow remembers while it runs. Plain values, but for the budget and the slots. */
export interface RunningAgent {
  readonly agentId: string;
  readonly runId: string;
  /** Id of this attempt: answers of another attempt are never used. */
  readonly lineage: string;
  readonly depth: number;
  readonly startedAt: number;
  /** See {@link deadlineOf} and {@link softDeadlineOf}. */
  readonly deadline: number;
  readonly softDeadline: number;
  readonly prepared: PreparedAgent;
  /** Taken at its end; null before, and without a workspace. */
  patch: Patch | null;
  readonly budget: Budget;
  readonly slots: Slots;
  /** Null until its sandbox is open. */
  open: OpenSandbox | null;
  /** Whether activities at the sandbox are offered to any worker; false once one that got them was on another host. */
  nearby: boolean;
  phase: Phase;
  /** The iteration under way, from 1. */
  iteration: number;
  llmCallsLeft: number;
  transcript: ArtifactReference | null;
  /** Tokens of the conversation so far, and how many it may have; null: no end is known. */
  contextTokens: number;
  contextWindow: number | null;
  /** The times that the conversation was shortened. */
  readonly compactions: Compaction[];
  /** Of this execution; those of earlier ones are in the archive. */
  iterations: IterationRecord[];
  /** What earlier executions of the workflow put aside. */
  archive: ArtifactReference | null;
  /** Of this agent alone, and of those below it. */
  usage: Usage;
  childUsage: Usage[];
  readonly children: string[];
  /** Sub-agents that run now, by id. */
  readonly openChildren: Map<string, OpenChild>;
  /** Sub-agents started in the iteration under way. */
  childrenOfIteration: number;
  /** The code of each iteration's cell, from which a lost sandbox is built again. */
  codes: Map<number, StoredValue>;
  /** Answers that the workflow itself gave, by call: a cell that is run again gets the same. */
  delivered: Map<string, Delivered>;
  /** Where answers are kept of the agents that this one was forked from. */
  earlier: AnswerSource[];
  /** Sandboxes built in place of lost ones. */
  recoveries: number;
  /** Kernels whose variables were had again by running the cells once more. */
  kernelRecoveries: number;
  /** How long the history was when Temporal first suggested to continue as new. */
  suggestedAt: number | null;
  /** Deletions of lost sandboxes that are under way. */
  readonly leaving: Set<Promise<unknown>>;
  /** What the results should name: three replies without code in a row, a divergence. */
  readonly remarks: string[];
  /** What the model has not been shown yet of what its last reply led to. */
  unseen: Turn | null;
  /** What the model should be told with its next observation. */
  notes: string[];
  /** What users want the model to read before its next reply. */
  told: string[];
  /** Since when it is paused; null: it is not. */
  pausedAt: number | null;
  /** How long it was paused before, in milliseconds: that does not count against its time. */
  pausedMs: number;
}

/** A sub-agent that runs now. */
export interface OpenChild {
  /** Hands a signal on to it. */
  pass(signal: SignalDefinition): void;
  /** Ends this attempt, and starts it afresh. */
  retry(): void;
}

/** When work stops so that the answer can be there in time; milliseconds since the epoch. */
export function softDeadlineOf({ softDeadline, pausedMs }: RunningAgent): number {
  return softDeadline + pausedMs;
}

/** When the answer must be there; milliseconds since the epoch. */
export function deadlineOf({ deadline, pausedMs }: RunningAgent): number {
  return deadline + pausedMs;
}

/** The sandbox of an agent whose cells run; opening it is the first thing that an agent does. */
export function openSandboxOf({ open }: RunningAgent): OpenSandbox {
  if (open === null) throw new Error('the sandbox is not open');
  return open;
}

/** What the agent remembers of the iterations of this execution. */
export function archiveOf({ iterations, codes, delivered }: RunningAgent): Archive {
  return { iterations, codes: [...codes], delivered: [...delivered] };
}

/** Where the answers are that the agent may take: its own, then those of the agents that it was forked from. */
export function sourcesOf({ lineage, prepared, earlier }: RunningAgent): AnswerSource[] {
  return [{ lineage, subModel: prepared.subModel }, ...earlier];
}
