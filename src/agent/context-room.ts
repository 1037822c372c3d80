import { charactersPerToken, estimateTokens } from '../prompts/estimate-tokens.ts';

/** The part of the window that a conversation may fill; the rest is for a reply, a summary and the extraction. */
const fullFrom = 0.8;

/** What one observation may take of the window. */
const observationShare = 0.25;

/** Footer, notes and the counts of failed calls, in characters. */
const besidesOutput = 1_000;

/** A summary of fewer replies than this would save nothing. */
const repliesWorthSummary = 2;

/** How full a conversation is. */
export interface ContextState {
  /** Tokens of the conversation so far. */
  contextTokens: number;
  /** Characters of the output that is to be shown next. */
  outputCharacters: number;
  /** Replies that no summary tells of yet. */
  newReplies: number;
  contextWindow: number;
}

/** Whether a conversation must be shortened before the next message is added to it. */
export function isCompactionDue(state: ContextState): boolean {
  return state.newReplies >= repliesWorthSummary && nextTokens(state) > state.contextWindow * fullFrom;
}

/** About how many tokens the next request has. */
export function nextTokens({
  contextTokens,
  outputCharacters,
}: Pick<ContextState, 'contextTokens' | 'outputCharacters'>): number {
  return contextTokens + estimateTokens(outputCharacters + besidesOutput);
}

/** How much of an output is shown, in characters, so that it never fills the window by itself. */
export function shownOutputLimit(outputLimit: number, contextWindow: number | null): number {
  if (contextWindow === null) return outputLimit;
  return Math.min(outputLimit, Math.floor(contextWindow * observationShare * charactersPerToken));
}

/**
 * What the window is more likely to be, when a provider found a conversation too long that should have fitted:
 * between what it took before and what it refused.
 */
export function windowAfterRefusal(contextWindow: number, taken: number, refused: number): number {
  return Math.max(1, Math.min(contextWindow, Math.floor((taken + refused) / 2)));
}
