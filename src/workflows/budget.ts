import type { Lease } from '../agent/agent-arguments.ts';
import type { ModelUsage } from '../agent/usage.ts';
import type { LedgerState, Spend } from './ledger.ts';

/** Whether sub-agents may start, and what each may spend. */
export type SubAgentsDecision = { kind: 'granted'; leases: Lease[] } | { kind: 'refused'; message: string };

/** An agent's view of the budgets that its tree shares. */
export interface Budget {
  /** Counts what a model call used. */
  spend(usage: ModelUsage): void;
  /** Null when a model call may start, else why none may; waits where others may give something back. */
  refusal(): Promise<string | null>;
  /** What model calls that start now may use before no more are started. */
  allowance(): Lease;
  /** Asks for sandboxes and leases for sub-agents: all of them or none. */
  reserve(agents: string[]): Promise<SubAgentsDecision>;
  /** A sub-agent has ended without saying what it spent. */
  writeOff(agentId: string): Promise<void>;
  /** What is left, as the model is told. Null: no limit, or not known here. */
  left(): { tokens: number | null; costUsd: number | null; sandboxes: number | null };
  /** Tells the tree what was spent in all; part of the agent's cleanup. */
  settle(): Promise<void>;
  /** Whether no message to or from another agent is under way. */
  isQuiet(): boolean;
  /** From which the agent's next execution goes on. Only while it is quiet. */
  state(): BudgetState;
}

/** What a budget knows, as plain values. */
export type BudgetState =
  | { kind: 'root'; ledger: LedgerState }
  | { kind: 'leased'; lease: Lease; spent: Spend; sequence: number; refused: string | null };

export function spendOf(usage: ModelUsage): Spend {
  return { tokens: usage.promptTokens + usage.completionTokens, costUsd: usage.costUsd ?? 0 };
}

/** Whether nothing of a lease is left. */
export function isExhausted(lease: Lease): boolean {
  return (lease.tokens !== null && lease.tokens <= 0) || (lease.costUsd !== null && lease.costUsd <= 0);
}
