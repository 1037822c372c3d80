import type { Lease } from '../agent/agent-arguments.ts';
import type { TreeLimits } from '../agent/limits.ts';

/** Tokens and dollars that were used. */
export interface Spend {
  tokens: number;
  costUsd: number;
}

/** What an agent asks of the ledger. */
export type LedgerRequest =
  | { kind: 'more'; agentId: string; spent: Spend }
  | { kind: 'sub-agents'; agentId: string; spent: Spend; agents: string[] };

export type LedgerDecision =
  /** `leases`: one per sub-agent, or the one that replaces the agent's own. */
  | { kind: 'granted'; leases: Lease[] }
  | { kind: 'refused'; message: string }
  /** Nothing is left, but other agents hold leases that may come back. */
  | { kind: 'wait' };

interface Holding {
  /** All that the agent was ever allowed to spend. */
  granted: Lease;
  spent: Spend;
  settled: boolean;
}

/** What a ledger knows, as plain values. */
export interface LedgerState {
  own: Spend;
  sandboxes: number;
  holdings: [agentId: string, holding: Holding][];
}

const nothing: Spend = { tokens: 0, costUsd: 0 };

/** A first lease is no larger than this, so that one agent cannot hold a whole budget it will not use. */
const defaultLease = { tokens: 100_000, costUsd: 0.5 };

/**
 * The root's account of what the tree may still use. Pure: it decides from what it was told, so the same messages in
 * the same order give the same decisions.
 *
 * Agents spend from leases. What a lease leaves unspent comes back when its agent settles; until then it counts as
 * spent, so whatever the interleaving, no more than the limits is ever out.
 */
export class Ledger {
  private readonly limits: Pick<TreeLimits, 'maxSandboxes' | 'maxTokens' | 'maxCostUsd'>;
  private readonly holdings = new Map<string, Holding>();
  private own: Spend = nothing;
  private sandboxes = 1;

  constructor(limits: Pick<TreeLimits, 'maxSandboxes' | 'maxTokens' | 'maxCostUsd'>, state: LedgerState | null = null) {
    this.limits = limits;
    if (state === null) return;
    this.own = state.own;
    this.sandboxes = state.sandboxes;
    for (const [agentId, holding] of state.holdings) this.holdings.set(agentId, { ...holding });
  }

  /** From which another ledger goes on as this one would. What agents that have settled spent is one sum in it. */
  state(): LedgerState {
    let { own } = this;
    const holdings: LedgerState['holdings'] = [];
    for (const [agentId, holding] of this.holdings) {
      if (holding.settled) own = add(own, holding.spent);
      else holdings.push([agentId, { ...holding }]);
    }
    return { own, sandboxes: this.sandboxes, holdings };
  }

  /** The root itself used this. */
  spend(spent: Spend): void {
    this.own = add(this.own, spent);
  }

  /** What nobody has spent or holds. */
  left(): Lease & { sandboxes: number } {
    let out = this.own;
    for (const holding of this.holdings.values()) out = add(out, heldOrSpent(holding));
    const { maxTokens, maxCostUsd, maxSandboxes } = this.limits;
    return {
      tokens: maxTokens === null ? null : Math.max(0, maxTokens - out.tokens),
      costUsd: maxCostUsd === null ? null : Math.max(0, maxCostUsd - out.costUsd),
      sandboxes: maxSandboxes - this.sandboxes,
    };
  }

  /** Decides a request. `waiting` names the agents whose requests wait already. */
  decide(request: LedgerRequest, waiting: readonly string[] = []): LedgerDecision {
    this.report(request.agentId, request.spent);
    return request.kind === 'more' ? this.decideMore(request.agentId, waiting) : this.decideSubAgents(request, waiting);
  }

  /** An agent has ended, having spent this; what is left of its lease returns. Settling twice is harmless. */
  settle(agentId: string, spent: Spend): void {
    const holding = this.holdings.get(agentId);
    if (!holding) return;
    holding.spent = atLeast(holding.spent, spent);
    holding.settled = true;
  }

  /** An agent has ended and did not say what it spent: its lease counts as spent. */
  writeOff(agentId: string): void {
    const holding = this.holdings.get(agentId);
    if (!holding || holding.settled) return;
    this.settle(agentId, { tokens: holding.granted.tokens ?? 0, costUsd: holding.granted.costUsd ?? 0 });
  }

  private report(agentId: string, spent: Spend): void {
    const holding = this.holdings.get(agentId);
    if (holding) holding.spent = atLeast(holding.spent, spent);
  }

  private decideMore(agentId: string, waiting: readonly string[]): LedgerDecision {
    const holding = this.holdings.get(agentId);
    if (!holding) return { kind: 'refused', message: `${agentId} holds no lease of this run` };
    if (this.exhausted()) return this.refuseOrWait(agentId, waiting);
    const extra = this.share(1);
    holding.granted = addLease(holding.granted, extra);
    return { kind: 'granted', leases: [holding.granted] };
  }

  private decideSubAgents(
    { agentId, agents }: Extract<LedgerRequest, { kind: 'sub-agents' }>,
    waiting: readonly string[],
  ): LedgerDecision {
    const { sandboxes } = this.left();
    if (agents.length > sandboxes) {
      const { maxSandboxes } = this.limits;
      const message = `${agents.length} sub-agent(s) asked for, ${sandboxes} of ${maxSandboxes} sandboxes left (maxSandboxes)`;
      return { kind: 'refused', message };
    }
    if (this.exhausted()) return this.refuseOrWait(agentId, waiting);
    const lease = this.share(agents.length);
    this.sandboxes += agents.length;
    for (const agent of agents) this.holdings.set(agent, { granted: lease, spent: nothing, settled: false });
    return { kind: 'granted', leases: agents.map(() => lease) };
  }

  /** One of `parts` equal leases that together leave half of what is left to those who live. */
  private share(parts: number): Lease {
    const { tokens, costUsd } = this.left();
    const live = 1 + parts + [...this.holdings.values()].filter((holding) => !holding.settled).length;
    return {
      tokens: tokens === null ? null : Math.min(defaultLease.tokens, Math.ceil(tokens / (2 * live))),
      costUsd: costUsd === null ? null : Math.min(defaultLease.costUsd, costUsd / (2 * live)),
    };
  }

  private exhausted(): boolean {
    const { tokens, costUsd } = this.left();
    return (tokens !== null && tokens < 1) || (costUsd !== null && costUsd < 0.000_001);
  }

  /** Waits while an agent that can still go on holds something; those above a waiting agent wait for it themselves. */
  private refuseOrWait(agentId: string, waiting: readonly string[]): LedgerDecision {
    const blocked = [agentId, ...waiting];
    const someoneMayReturn = [...this.holdings].some(
      ([holder, { settled }]) =>
        !settled && !blocked.some((waiter) => waiter === holder || waiter.startsWith(`${holder}/`)),
    );
    return someoneMayReturn ? { kind: 'wait' } : { kind: 'refused', message: this.exhaustedMessage() };
  }

  private exhaustedMessage(): string {
    const { tokens, costUsd } = this.left();
    const { maxTokens, maxCostUsd } = this.limits;
    const parts: string[] = [];
    if (maxTokens !== null) parts.push(`${tokens ?? 0} of ${maxTokens} tokens left (maxTokens)`);
    if (maxCostUsd !== null) parts.push(`$${(costUsd ?? 0).toFixed(4)} of $${maxCostUsd} left (maxCostUsd)`);
    return `the run's budget is used up: ${parts.join(', ')}`;
  }
}

function heldOrSpent({ granted, spent, settled }: Holding): Spend {
  if (settled) return spent;
  return {
    tokens: Math.max(granted.tokens ?? 0, spent.tokens),
    costUsd: Math.max(granted.costUsd ?? 0, spent.costUsd),
  };
}

function add(a: Spend, b: Spend): Spend {
  return { tokens: a.tokens + b.tokens, costUsd: a.costUsd + b.costUsd };
}

/** Reports may arrive out of order; spending only grows. */
function atLeast(a: Spend, b: Spend): Spend {
  return { tokens: Math.max(a.tokens, b.tokens), costUsd: Math.max(a.costUsd, b.costUsd) };
}

function addLease(a: Lease, b: Lease): Lease {
  return {
    tokens: a.tokens === null || b.tokens === null ? null : a.tokens + b.tokens,
    costUsd: a.costUsd === null || b.costUsd === null ? null : a.costUsd + b.costUsd,
  };
}
