import { describe, expect, it } from 'vitest';
import { contextWindowOf, defaultContextWindow } from '../../src/model/context-windows.ts';

describe('contextWindowOf', () => {
  it.each([
    ['openai/gpt-4o-mini', 128_000],
    ['openai/gpt-4', 8_192],
    ['openai/gpt-4.1-nano', 1_047_576],
    ['openai/gpt-5-mini', 400_000],
    ['openrouter/openai/gpt-4o', 128_000],
    ['openrouter/google/gemini-3-flash-preview', 1_048_576],
    ['openrouter/anthropic/claude-sonnet-4.5', 200_000],
    ['anthropic/claude-opus-4-1', 200_000],
    ['openrouter/qwen/qwen3-coder:free', 262_144],
    ['openrouter/Qwen/Qwen3-32B', 40_960],
    ['openai/my-own-model', defaultContextWindow],
    ['openrouter/some/other', defaultContextWindow],
  ])('%s has %i tokens', (model, tokens) => {
    expect(contextWindowOf(model, {})).toBe(tokens);
  });

  it('is what is set for the model', () => {
    expect(contextWindowOf('openai/gpt-4o', { 'openai/gpt-4o': 9_000 })).toBe(9_000);
    expect(contextWindowOf('scripted/primes', { 'scripted/primes': 9_000 })).toBe(9_000);
  });

  it('has no end for a script, unless it is set', () => {
    expect(contextWindowOf('scripted/gpt-4', {})).toBeNull();
  });

  it('is not taken from what every object has', () => {
    expect(contextWindowOf('constructor', {})).toBe(defaultContextWindow);
  });
});
