import { describe, expect, it } from 'vitest';
import { costOf } from '../../src/model/pricing.ts';

const tokens = { promptTokens: 1_000_000, cachedTokens: 250_000, completionTokens: 500_000 };

describe('costOf', () => {
  it('prices cached input apart', () => {
    expect(costOf(tokens, { input: 2, cachedInput: 0.4, output: 8 })).toBeCloseTo(1.5 + 0.1 + 4, 10);
  });

  it('prices cached input like other input when it has no price of its own', () => {
    expect(costOf(tokens, { input: 2, output: 8 })).toBeCloseTo(2 + 4, 10);
  });

  it('is unknown without a price', () => {
    expect(costOf(tokens, undefined)).toBeNull();
  });
});
