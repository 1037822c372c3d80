import type { ModelUsage } from '../agent/usage.ts';
import type { Price } from '../config/settings.ts';

const million = 1_000_000;

/** What the tokens cost in US dollars, or null when there is no price. Cached tokens without a price of their own cost as much as others. */
export function costOf(tokens: Omit<ModelUsage, 'costUsd'>, price: Price | undefined): number | null {
  if (!price) return null;
  const fresh = Math.max(0, tokens.promptTokens - tokens.cachedTokens);
  const cached = tokens.promptTokens - fresh;
  const dollars =
    fresh * price.input + cached * (price.cachedInput ?? price.input) + tokens.completionTokens * price.output;
  return dollars / million;
}
