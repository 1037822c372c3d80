import { hash } from 'node:crypto';
import type { Message } from '../model/model-client.ts';

/** About what tokenizers make of English. */
const charactersPerToken = 4;

/** How many prefixes are remembered before the oldest are forgotten. */
const remembered = 200_000;

export interface PromptEstimate {
  promptTokens: number;
  /** Tokens of the longest run of first messages that an earlier prompt began with too. */
  cachedTokens: number;
  /** The same for the same messages. */
  digest: string;
}

/** Tokens of a text, the same each time. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / charactersPerToken);
}

/**
 * Counts tokens, and remembers prompts as a provider's prefix cache does, so that tests see whether a conversation only
 * grew at its end. Keeps digests, not texts.
 */
export class PrefixCache {
  private readonly prefixes = new Set<string>();

  /** Counts a prompt for a model and remembers it. */
  measure(model: string, messages: readonly Message[]): PromptEstimate {
    let digest = model;
    let promptTokens = 0;
    let cachedTokens = 0;
    let unbroken = true;
    for (const { role, content } of messages) {
      digest = hash('sha1', `${digest}\n${role}\n${content}`, 'base64');
      promptTokens += estimateTokens(content);
      unbroken &&= this.prefixes.has(digest);
      if (unbroken) cachedTokens = promptTokens;
      else this.remember(digest);
    }
    return { promptTokens, cachedTokens, digest };
  }

  clear(): void {
    this.prefixes.clear();
  }

  private remember(digest: string): void {
    this.prefixes.add(digest);
    if (this.prefixes.size <= remembered) return;
    const [oldest] = this.prefixes;
    if (oldest !== undefined) this.prefixes.delete(oldest);
  }
}
