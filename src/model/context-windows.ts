import { scriptedProvider } from './presets.ts';

/** For models that are not known: what nearly all models of today have at least. */
export const defaultContextWindow = 128_000;

/**
 * Tokens that models take, by how their names begin; the longest beginning counts. Where providers serve a model with
 * windows of different sizes, it is the smaller one.
 */
const knownWindows: Readonly<Record<string, number>> = {
  'claude-': 200_000,
  'codestral-': 256_000,
  'command-a': 256_000,
  'gemini-': 1_048_576,
  'gemma-2': 8_192,
  'gpt-3.5-turbo': 16_385,
  'gpt-4': 8_192,
  'gpt-4-32k': 32_768,
  'gpt-4-turbo': 128_000,
  'gpt-4.1': 1_047_576,
  'gpt-4o': 128_000,
  'gpt-5': 400_000,
  'gpt-5-chat': 128_000,
  'grok-4': 256_000,
  'grok-4-fast': 2_000_000,
  'grok-code-fast': 256_000,
  'llama-3-': 8_192,
  'minimax-m2': 196_608,
  'nova-': 300_000,
  'nova-micro': 128_000,
  o1: 200_000,
  'o1-mini': 128_000,
  'o1-preview': 128_000,
  o3: 200_000,
  o4: 200_000,
  'phi-4': 16_384,
  'qwen-2.5': 32_768,
  qwen3: 40_960,
  'qwen3-coder': 262_144,
};

/**
 * How many tokens a conversation with a model may have, replies included: what is set for it, else what is known of it,
 * else {@link defaultContextWindow}. Null: no end, as of a script without a setting.
 *
 * @param model `provider/name`; the name of OpenRouter's models begins with their vendor.
 * @param set By `provider/name`.
 */
export function contextWindowOf(model: string, set: Readonly<Record<string, number>>): number | null {
  if (Object.hasOwn(set, model)) return set[model] ?? null;
  if (model.startsWith(`${scriptedProvider}/`)) return null;
  const name = model.slice(model.lastIndexOf('/') + 1).toLowerCase();
  const beginnings = Object.keys(knownWindows).filter((beginning) => name.startsWith(beginning));
  const longest = beginnings.toSorted((a, b) => b.length - a.length)[0];
  return (longest === undefined ? undefined : knownWindows[longest]) ?? defaultContextWindow;
}
