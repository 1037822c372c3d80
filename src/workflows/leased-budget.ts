import { condition, getExternalWorkflowHandle, setHandler } from '@temporalio/workflow';
import type { Lease } from '../agent/agent-arguments.ts';
import type { ModelUsage } from '../agent/usage.ts';
import { type Budget, type BudgetState, isExhausted, type SubAgentsDecision, spendOf } from './budget.ts';
import { grantSignal, reserveSignal, settleSignal } from './budget-messages.ts';
import type { LedgerDecision, LedgerRequest, Spend } from './ledger.ts';

type Decision = Exclude<LedgerDecision, { kind: 'wait' }>;
type Question = { kind: 'more' } | { kind: 'sub-agents'; agents: string[] };

/** A request that got no answer is sent again: it may have met the root between two of its runs. */
const resendAfter = '10s';

/** A sub-agent's budget: it spends from a lease, and asks the root for more before that is used up. */
export class LeasedBudget implements Budget {
  private readonly agentId: string;
  private readonly runId: string;
  private readonly limited: boolean;
  private lease: Lease;
  private spent: Spend = { tokens: 0, costUsd: 0 };
  private sequence = 0;
  private readonly grants = new Map<number, Decision>();
  private asking: Promise<Decision> | null = null;
  private refused: string | null = null;

  constructor(agentId: string, runId: string, lease: Lease, state: BudgetState | null = null) {
    this.agentId = agentId;
    this.runId = runId;
    this.lease = lease;
    if (state?.kind === 'leased') {
      this.lease = state.lease;
      this.spent = state.spent;
      this.sequence = state.sequence;
      this.refused = state.refused;
    }
    this.limited = lease.tokens !== null || lease.costUsd !== null;
    setHandler(grantSignal, ({ sequence, decision }) => {
      this.grants.set(sequence, decision);
    });
  }

  spend(usage: ModelUsage): void {
    const { tokens, costUsd } = spendOf(usage);
    this.spent = { tokens: this.spent.tokens + tokens, costUsd: this.spent.costUsd + costUsd };
    // Asked for early, so that the answer is there when it is needed.
    if (this.limited && !this.refused && this.isHalfSpent()) void this.askForMore();
  }

  async refusal(): Promise<string | null> {
    if (!this.limited) return null;
    while (isExhausted(this.allowance())) {
      if (this.refused) return this.refused;
      await this.askForMore();
    }
    return null;
  }

  allowance(): Lease {
    const { tokens, costUsd } = this.lease;
    return {
      tokens: tokens === null ? null : Math.max(0, tokens - this.spent.tokens),
      costUsd: costUsd === null ? null : Math.max(0, costUsd - this.spent.costUsd),
    };
  }

  async reserve(agents: string[]): Promise<SubAgentsDecision> {
    return this.ask({ kind: 'sub-agents', agents });
  }

  async writeOff(agentId: string): Promise<void> {
    if (this.limited) await this.tellSettled(agentId, null);
  }

  left() {
    return { ...this.allowance(), sandboxes: null };
  }

  async settle(): Promise<void> {
    if (this.limited) await this.tellSettled(this.agentId, this.spent);
  }

  isQuiet(): boolean {
    return this.asking === null;
  }

  state(): BudgetState {
    const { lease, spent, sequence, refused } = this;
    return { kind: 'leased', lease, spent, sequence, refused };
  }

  private async tellSettled(agentId: string, spent: Spend | null): Promise<void> {
    const root = getExternalWorkflowHandle(this.runId);
    // A root that has ended keeps no ledger any more.
    await root.signal(settleSignal, { agentId, spent }).catch(() => {});
  }

  private isHalfSpent(): boolean {
    const { tokens, costUsd } = this.lease;
    return (
      (tokens !== null && this.spent.tokens * 2 >= tokens) || (costUsd !== null && this.spent.costUsd * 2 >= costUsd)
    );
  }

  private askForMore(): Promise<Decision> {
    this.asking ??= this.ask({ kind: 'more' }).then(
      (decision) => {
        this.asking = null;
        if (decision.kind === 'granted') this.lease = decision.leases[0] ?? this.lease;
        else this.refused = decision.message;
        return decision;
      },
      (): Decision => {
        this.asking = null;
        this.refused = 'the run has ended';
        return { kind: 'refused', message: this.refused };
      },
    );
    return this.asking;
  }

  private async ask(question: Question): Promise<Decision> {
    this.sequence += 1;
    const sequence = this.sequence;
    const request: LedgerRequest = { ...question, agentId: this.agentId, spent: this.spent };
    for (;;) {
      await getExternalWorkflowHandle(this.runId).signal(reserveSignal, { ...request, sequence });
      if (await condition(() => this.grants.has(sequence), resendAfter)) break;
    }
    const decision = this.grants.get(sequence);
    this.grants.delete(sequence);
    return decision ?? { kind: 'refused', message: 'the run has ended' };
  }
}
