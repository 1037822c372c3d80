import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/workflows/ledger.ts';

const nothing = { tokens: 0, costUsd: 0 };
const unlimited = { maxSandboxes: 50, maxTokens: null, maxCostUsd: null };

function subAgents(agentId: string, agents: string[], tokens = 0) {
  return { kind: 'sub-agents', agentId, spent: { tokens, costUsd: 0 }, agents } as const;
}

function more(agentId: string, tokens: number) {
  return { kind: 'more', agentId, spent: { tokens, costUsd: 0 } } as const;
}

describe('sandboxes', () => {
  it('counts the root as the first', () => {
    expect(new Ledger({ ...unlimited, maxSandboxes: 5 }).left().sandboxes).toBe(4);
  });

  it('refuses a batch that does not fit as a whole, and says what is left', () => {
    const ledger = new Ledger({ ...unlimited, maxSandboxes: 4 });
    expect(ledger.decide(subAgents('run', ['run/1.1', 'run/1.2', 'run/1.3', 'run/1.4']))).toEqual({
      kind: 'refused',
      message: '4 sub-agent(s) asked for, 3 of 4 sandboxes left (maxSandboxes)',
    });
    expect(ledger.left().sandboxes).toBe(3);
  });

  it('does not give a sandbox back when its agent ends', () => {
    const ledger = new Ledger({ ...unlimited, maxSandboxes: 2 });
    expect(ledger.decide(subAgents('run', ['run/1.1'])).kind).toBe('granted');
    ledger.settle('run/1.1', nothing);
    expect(ledger.decide(subAgents('run', ['run/2.1'])).kind).toBe('refused');
  });

  it('gives leases without limits where the tree has none', () => {
    expect(new Ledger(unlimited).decide(subAgents('run', ['run/1.1']))).toEqual({
      kind: 'granted',
      leases: [{ tokens: null, costUsd: null }],
    });
  });
});

describe('tokens and cost', () => {
  const limits = { maxSandboxes: 50, maxTokens: 1_000, maxCostUsd: null };

  it('never has more out than the limit, whatever is granted', () => {
    const ledger = new Ledger(limits);
    const agents = Array.from({ length: 20 }, (_, index) => `run/1.${index + 1}`);
    const decision = ledger.decide(subAgents('run', agents));
    const granted =
      decision.kind === 'granted' ? decision.leases.reduce((sum, lease) => sum + (lease.tokens ?? 0), 0) : 0;
    expect(granted).toBeGreaterThan(0);
    expect(granted).toBeLessThanOrEqual(1_000);
    expect(ledger.left().tokens).toBe(1_000 - granted);
  });

  it('returns what a settled lease left unspent', () => {
    const ledger = new Ledger(limits);
    ledger.decide(subAgents('run', ['run/1.1']));
    ledger.settle('run/1.1', { tokens: 10, costUsd: 0 });
    expect(ledger.left().tokens).toBe(990);
  });

  it('settles twice without harm, and keeps the larger report', () => {
    const ledger = new Ledger(limits);
    ledger.decide(subAgents('run', ['run/1.1']));
    ledger.settle('run/1.1', { tokens: 10, costUsd: 0 });
    ledger.settle('run/1.1', { tokens: 7, costUsd: 0 });
    expect(ledger.left().tokens).toBe(990);
  });

  it('counts the whole lease of an agent that ended without a word as spent', () => {
    const ledger = new Ledger(limits);
    const decision = ledger.decide(subAgents('run', ['run/1.1']));
    const lease = decision.kind === 'granted' ? (decision.leases[0]?.tokens ?? 0) : 0;
    ledger.writeOff('run/1.1');
    expect(ledger.left().tokens).toBe(1_000 - lease);
    ledger.settle('run/1.1', nothing);
    expect(ledger.left().tokens).toBe(1_000 - lease);
  });

  it('grants more, with the new total of the lease', () => {
    const ledger = new Ledger(limits);
    const first = ledger.decide(subAgents('run', ['run/1.1']));
    const before = first.kind === 'granted' ? (first.leases[0]?.tokens ?? 0) : 0;
    const second = ledger.decide(more('run/1.1', before));
    expect(second.kind).toBe('granted');
    expect(second.kind === 'granted' ? second.leases[0]?.tokens : 0).toBeGreaterThan(before);
  });

  it('lets an agent wait while another may still give something back, and refuses it when none can', () => {
    const ledger = new Ledger(limits);
    ledger.decide(subAgents('run', ['run/1.1', 'run/1.2']));
    ledger.spend({ tokens: ledger.left().tokens ?? 0, costUsd: 0 });
    expect(ledger.decide(more('run/1.1', 400)).kind).toBe('wait');
    expect(ledger.decide(more('run/1.2', 400), ['run/1.1'])).toEqual({
      kind: 'refused',
      message: "the run's budget is used up: 0 of 1000 tokens left (maxTokens)",
    });
  });

  it('does not wait for an agent that waits for the asker itself', () => {
    const ledger = new Ledger(limits);
    ledger.decide(subAgents('run', ['run/1.1']));
    ledger.decide(subAgents('run/1.1', ['run/1.1/1.1']));
    ledger.spend({ tokens: ledger.left().tokens ?? 0, costUsd: 0 });
    expect(ledger.decide(more('run/1.1/1.1', 500)).kind).toBe('refused');
  });
});

it('keeps the limits under any interleaving of requests, spending and settling', () => {
  const limits = { maxSandboxes: 40, maxTokens: 5_000, maxCostUsd: 1 };
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = generator(seed);
    const ledger = new Ledger(limits);
    const leases = new Map<string, { tokens: number; spent: number }>();
    let settled = 0;
    for (let step = 0; step < 60; step += 1) {
      const live = [...leases.keys()];
      const agent = live[Math.floor(random() * live.length)];
      const lease = agent === undefined ? undefined : leases.get(agent);
      const choice = random();
      if (agent === undefined || lease === undefined || choice < 0.3) {
        const agents = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, index) => `run/${step}.${index}`);
        const decision = ledger.decide(subAgents('run', agents));
        if (decision.kind === 'granted') {
          for (const [index, one] of agents.entries())
            leases.set(one, { tokens: decision.leases[index]?.tokens ?? 0, spent: 0 });
        }
      } else if (choice < 0.6) lease.spent += Math.floor(random() * (lease.tokens - lease.spent));
      else if (choice < 0.8) {
        const decision = ledger.decide(more(agent, lease.spent));
        if (decision.kind === 'granted') lease.tokens = decision.leases[0]?.tokens ?? 0;
      } else {
        ledger.settle(agent, { tokens: lease.spent, costUsd: 0 });
        settled += lease.spent;
        leases.delete(agent);
      }
      const held = [...leases.values()].reduce((sum, one) => sum + one.tokens, 0);
      expect(held + settled).toBeLessThanOrEqual(5_000);
      expect(ledger.left().sandboxes).toBeGreaterThanOrEqual(0);
    }
  }
});

/** A small seeded generator (mulberry32), so that a failure can be repeated. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('a ledger made from the state of another', () => {
  const limits = { maxSandboxes: 6, maxTokens: 100_000, maxCostUsd: null };

  it('decides as that one would have', () => {
    const ledger = new Ledger(limits);
    ledger.spend({ tokens: 10_000, costUsd: 0 });
    ledger.decide(subAgents('run', ['run/1.1', 'run/1.2']));
    ledger.settle('run/1.1', { tokens: 3_000, costUsd: 0 });
    const next = new Ledger(limits, JSON.parse(JSON.stringify(ledger.state())));
    expect(next.left()).toEqual(ledger.left());
    expect(next.decide(more('run/1.2', 5_000))).toEqual(ledger.decide(more('run/1.2', 5_000)));
    expect(next.decide(subAgents('run', ['run/2.1']))).toEqual(ledger.decide(subAgents('run', ['run/2.1'])));
  });

  it('takes no second settlement of an agent', () => {
    const ledger = new Ledger(limits);
    ledger.decide(subAgents('run', ['run/1.1']));
    ledger.settle('run/1.1', { tokens: 3_000, costUsd: 0 });
    const next = new Ledger(limits, ledger.state());
    next.settle('run/1.1', { tokens: 90_000, costUsd: 0 });
    expect(next.left().tokens).toBe(97_000);
  });

  it('is not changed by what becomes of that one', () => {
    const ledger = new Ledger(limits);
    ledger.decide(subAgents('run', ['run/1.1']));
    const next = new Ledger(limits, ledger.state());
    const before = next.left();
    ledger.settle('run/1.1', nothing);
    expect(next.left()).toEqual(before);
  });
});
