import { describe, expect, it } from 'vitest';
import { chooseModel } from '../../examples/terminal/choose-model.ts';
import { loadSettings } from '../../src/config/load-settings.ts';

function chosen(environment: NodeJS.ProcessEnv, model = 'openrouter/vendor/name'): string {
  return chooseModel(loadSettings({ directory: import.meta.dirname, environment, overrides: { model } }), 'scripted/x');
}

describe('the model of an example', () => {
  it('is scripted where there is no key for the one of the settings', () => {
    expect(chosen({})).toBe('scripted/x');
    expect(chosen({ OPENAI_API_KEY: 'key' })).toBe('scripted/x');
  });

  it('is the one of the settings where there is a key for it, or a key for any', () => {
    expect(chosen({ OPENROUTER_API_KEY: 'key' })).toBe('openrouter/vendor/name');
    expect(chosen({ LLM_API_KEY: 'key' })).toBe('openrouter/vendor/name');
  });

  it('is the one of the settings where it is on a server of the user’s own', () => {
    expect(chosen({ OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' }, 'openai/name')).toBe('openai/name');
  });
});
