import { z } from 'zod';
import { formatCount, formatCountOf } from './format-count.ts';

/** What is left of an agent's budget before its next reply. Null: no limit. */
export const BudgetLeft = z.object({
  /** Replies, the next one included. */
  iterationsLeft: z.number(),
  /** Prompts through `llm_query*`. */
  llmCallsLeft: z.number(),
  /** Sandboxes for sub-agents of the whole tree. */
  sandboxesLeft: z.number().nullable(),
  tokensLeft: z.number().nullable(),
  costUsdLeft: z.number().nullable(),
  secondsLeft: z.number(),
});
export type BudgetLeft = z.infer<typeof BudgetLeft>;

const few = { iterations: 3, seconds: 60, tokens: 20_000, costUsd: 0.02 };

/** The line that ends every message to the model; where little is left it urges to answer. */
export function budgetFooter(budget: BudgetLeft): string {
  const { iterationsLeft, llmCallsLeft, sandboxesLeft, tokensLeft, costUsdLeft, secondsLeft } = budget;
  const parts = [
    formatCountOf(atLeastZero(iterationsLeft), 'iteration'),
    formatCountOf(atLeastZero(llmCallsLeft), 'llm_query prompt'),
    ...(sandboxesLeft === null ? [] : [formatCountOf(atLeastZero(sandboxesLeft), 'sub-agent')]),
    ...(tokensLeft === null ? [] : [formatCountOf(atLeastZero(tokensLeft), 'token')]),
    ...(costUsdLeft === null ? [] : [`$${atLeastZero(costUsdLeft).toFixed(costUsdLeft < 1 ? 4 : 2)}`]),
    `${formatCount(atLeastZero(secondsLeft))} s`,
  ];
  const urge = urgeToAnswer(budget);
  return `[left: ${parts.join(', ')}]${urge === null ? '' : `\n${urge}`}`;
}

function urgeToAnswer({ iterationsLeft, tokensLeft, costUsdLeft, secondsLeft }: BudgetLeft): string | null {
  if (iterationsLeft <= 1) return 'This is your last reply: call SUBMIT in it, with the best answer you have.';
  const scarce: string[] = [];
  if (iterationsLeft <= few.iterations) scarce.push('replies');
  if (secondsLeft <= few.seconds) scarce.push('time');
  if (tokensLeft !== null && tokensLeft <= few.tokens) scarce.push('tokens');
  if (costUsdLeft !== null && costUsdLeft <= few.costUsd) scarce.push('money');
  return scarce.length === 0 ? null : `Little is left (${scarce.join(', ')}): answer now with what you have.`;
}

function atLeastZero(count: number): number {
  return Math.max(0, count);
}
