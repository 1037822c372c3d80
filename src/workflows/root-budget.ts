import { condition, getExternalWorkflowHandle, setHandler } from '@temporalio/workflow';
import type { Lease } from '../agent/agent-arguments.ts';
import type { TreeLimits } from '../agent/limits.ts';
import type { ModelUsage } from '../agent/usage.ts';
import { type Budget, type BudgetState, isExhausted, type SubAgentsDecision, spendOf } from './budget.ts';
import { grantSignal, reserveSignal, settleSignal } from './budget-messages.ts';
import { Ledger, type LedgerDecision, type LedgerRequest } from './ledger.ts';

interface RemoteRequest {
  request: LedgerRequest;
  sequence: number;
}

/** The root's budget: it keeps the ledger, and answers the requests of every agent below it. */
export class RootBudget implements Budget {
  private readonly agentId: string;
  private readonly ledger: Ledger;
  private readonly decided = new Map<string, Exclude<LedgerDecision, { kind: 'wait' }>>();
  private waiting: RemoteRequest[] = [];
  /** Answers that are on their way. */
  private granting = 0;

  constructor(agentId: string, limits: TreeLimits, state: BudgetState | null = null) {
    this.agentId = agentId;
    this.ledger = new Ledger(limits, state?.kind === 'root' ? state.ledger : null);
    // Handlers are synchronous: each request is decided whole, before anything else happens.
    setHandler(reserveSignal, ({ sequence, ...request }) => this.receive({ request, sequence }));
    setHandler(settleSignal, ({ agentId: settled, spent }) => {
      if (spent === null) this.ledger.writeOff(settled);
      else this.ledger.settle(settled, spent);
      this.retryWaiting();
    });
  }

  spend(usage: ModelUsage): void {
    this.ledger.spend(spendOf(usage));
  }

  async refusal(): Promise<string | null> {
    if (!isExhausted(this.ledger.left())) return null;
    const { tokens, costUsd } = this.ledger.left();
    return tokens !== null && tokens <= 0 ? 'maxTokens' : costUsd !== null && costUsd <= 0 ? 'maxCostUsd' : null;
  }

  allowance(): Lease {
    const { tokens, costUsd } = this.ledger.left();
    return { tokens, costUsd };
  }

  async reserve(agents: string[]): Promise<SubAgentsDecision> {
    const request: LedgerRequest = {
      kind: 'sub-agents',
      agentId: this.agentId,
      spent: { tokens: 0, costUsd: 0 },
      agents,
    };
    let decision = this.ledger.decide(request, this.waiters());
    if (decision.kind === 'wait') {
      await condition(() => {
        decision = this.ledger.decide(request, this.waiters());
        return decision.kind !== 'wait';
      });
    }
    return decision.kind === 'granted' ? decision : { kind: 'refused', message: refusalMessage(decision) };
  }

  async writeOff(agentId: string): Promise<void> {
    this.ledger.writeOff(agentId);
    this.retryWaiting();
  }

  left() {
    return this.ledger.left();
  }

  async settle(): Promise<void> {}

  isQuiet(): boolean {
    return this.waiting.length === 0 && this.granting === 0;
  }

  state(): BudgetState {
    return { kind: 'root', ledger: this.ledger.state() };
  }

  private receive(remote: RemoteRequest): void {
    const key = `${remote.request.agentId} ${remote.sequence}`;
    const before = this.decided.get(key);
    if (before) {
      this.grant(remote, before);
      return;
    }
    if (this.waiting.some((one) => `${one.request.agentId} ${one.sequence}` === key)) return;
    const decision = this.ledger.decide(remote.request, this.waiters());
    if (decision.kind === 'wait') this.waiting.push(remote);
    else this.answer(remote, decision);
  }

  private answer(remote: RemoteRequest, decision: Exclude<LedgerDecision, { kind: 'wait' }>): void {
    this.decided.set(`${remote.request.agentId} ${remote.sequence}`, decision);
    this.grant(remote, decision);
  }

  private grant({ request, sequence }: RemoteRequest, decision: Exclude<LedgerDecision, { kind: 'wait' }>): void {
    const asker = getExternalWorkflowHandle(request.agentId);
    this.granting += 1;
    const granted = asker.signal(grantSignal, { sequence, decision }).finally(() => {
      this.granting -= 1;
    });
    // An agent that has ended meanwhile needs no answer; its settlement returns the lease.
    granted.catch(() => {});
  }

  private retryWaiting(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const remote of waiting) this.receive(remote);
  }

  private waiters(): string[] {
    return this.waiting.map(({ request }) => request.agentId);
  }
}

function refusalMessage(decision: LedgerDecision): string {
  return decision.kind === 'refused' ? decision.message : 'the run has no budget left';
}
