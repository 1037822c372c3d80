/** Fewer than tokenizers make of English, so that an estimate is rather too high. */
export const charactersPerToken = 3;

/** About how many tokens so many characters are, where nobody has counted them. */
export function estimateTokens(characters: number): number {
  return Math.ceil(characters / charactersPerToken);
}
