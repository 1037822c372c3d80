import { describe, expect, it } from 'vitest';
import { checkPrompts } from '../chaos/checks/prompts.ts';
import { makePlan, strikeKinds } from '../chaos/plan.ts';
import type { Struck } from '../chaos/strike.ts';

describe('the plan of a disturbed run', () => {
  const moments = { requests: 90, sandboxes: 7 };

  it('is the same each time for the same seed, and another for another', () => {
    expect(makePlan(1, moments)).toEqual(makePlan(1, moments));
    expect(makePlan(1, moments)).not.toEqual(makePlan(2, moments));
  });

  it('hits everything, within a hundred seeds, at moments that there are', () => {
    const strikes = Array.from({ length: 100 }, (_, seed) => makePlan(seed, moments).strikes).flat();
    expect(new Set(strikes.map(({ kind }) => kind))).toEqual(new Set(strikeKinds));
    for (const { after } of strikes) {
      expect('requests' in after ? after.requests : after.sandboxes).toBeGreaterThan(0);
      expect('requests' in after ? after.requests < 90 : after.sandboxes <= 7).toBe(true);
    }
  });
});

describe('prompts that were answered twice', () => {
  const twice = [
    { purpose: 'weigh a', askedAt: 10_000, answeredAt: 10_100 },
    { purpose: 'weigh b', askedAt: 10_000, answeredAt: null },
    { purpose: 'weigh b', askedAt: 12_000, answeredAt: 12_100 },
    { purpose: 'weigh a', askedAt: 12_000, answeredAt: 12_100 },
  ];
  const strike = (kind: Struck['kind'], at: number): Struck => ({
    ...{ kind, after: { requests: 1 }, delayMs: 0, choice: 0, forMs: 0, victim: 'worker 1' },
    ...{ from: at, to: at },
  });

  it('are found', () => {
    expect(checkPrompts(twice, [])).toEqual({ excused: [], problems: ['answered twice: weigh a'] });
  });

  it('are excused where who asked was killed before it could keep the answer', () => {
    expect(checkPrompts(twice, [strike('worker killed', 10_050)]).excused).toEqual(['weigh a']);
    expect(checkPrompts(twice, [strike('worker killed', 10_900)]).excused).toEqual(['weigh a']);
    expect(checkPrompts(twice, [strike('worker killed', 11_500)]).problems).toHaveLength(1);
    expect(checkPrompts(twice, [strike('worker killed', 9_000)]).problems).toHaveLength(1);
  });

  it('are not excused by the loss of a sandbox, of a kernel, or of nothing', () => {
    expect(checkPrompts(twice, [strike('sandbox killed', 10_050)]).problems).toHaveLength(1);
    expect(checkPrompts(twice, [strike('kernel killed', 10_050)]).problems).toHaveLength(1);
    expect(checkPrompts(twice, [{ ...strike('worker killed', 10_050), victim: null }]).problems).toHaveLength(1);
  });
});
