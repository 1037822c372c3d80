import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { routeModel } from '../../src/model/presets.ts';
import { noModelSettings as none } from '../support/model-settings.ts';

describe('routeModel', () => {
  it('keeps everything after the provider as the name', () => {
    const route = routeModel('openrouter/google/gemini-3-flash', { ...none, openrouterApiKey: 'k' });
    expect(route).toEqual({
      provider: 'openrouter',
      name: 'google/gemini-3-flash',
      baseUrl: 'https://openrouter.ai/api/v1',
      apiKey: 'k',
      jsonSchema: true,
      reportsCost: true,
    });
  });

  it("prefers the provider's own key to LLM_API_KEY, which serves every provider", () => {
    const both = { ...none, anthropicApiKey: 'own', anyApiKey: 'any' };
    expect(routeModel('anthropic/claude', both)).toMatchObject({ apiKey: 'own', jsonSchema: false });
    expect(routeModel('openai/gpt-5', both)).toMatchObject({ apiKey: 'any' });
  });

  it('names the variables when there is no key', () => {
    expect(() => routeModel('openrouter/z/glm', none)).toThrow(
      new UsageError(
        'no API key for openrouter/z/glm: set OPENROUTER_API_KEY or LLM_API_KEY, or use -m scripted/primes to try without one',
      ),
    );
    expect(() => routeModel('anthropic/claude', none)).toThrow(/set ANTHROPIC_API_KEY or LLM_API_KEY/);
  });

  it('uses OPENAI_BASE_URL for openai alone, and needs no key for another server', () => {
    const local = { ...none, openaiBaseUrl: 'http://localhost:8080/v1/' };
    expect(routeModel('openai/qwen', local)).toMatchObject({ baseUrl: 'http://localhost:8080/v1', apiKey: 'none' });
    expect(() => routeModel('openrouter/qwen', local)).toThrow(/no API key/);
    expect(() => routeModel('openai/gpt-5', { ...none, openaiBaseUrl: 'https://api.openai.com/v1' })).toThrow(
      /no API key/,
    );
  });

  it.each([
    ['localhost', /OPENAI_BASE_URL is not a URL: "localhost"/],
    ['localhost:8080/v1', /OPENAI_BASE_URL must begin with http/],
  ])('refuses %s as a base URL', (openaiBaseUrl, message) => {
    expect(() => routeModel('openai/qwen', { ...none, openaiBaseUrl })).toThrow(message);
  });

  it('refuses a key that no header can carry, without showing it', () => {
    expect(() => routeModel('openai/gpt-5', { ...none, openaiApiKey: 'abc def' })).toThrow(
      /^the API key for openai\/gpt-5 holds a space/,
    );
  });

  it('needs no key for the scripted model', () => {
    expect(routeModel('scripted/primes', none)).toEqual({ provider: 'scripted', name: 'primes' });
  });

  it.each(['mistral/large', 'constructor/x'])('names the known providers for %s', (model) => {
    expect(() => routeModel(model, none)).toThrow(/use one of openrouter, openai, anthropic, scripted$/);
  });

  it.each([
    ['gpt-5', 'openai/gpt-5'],
    ['claude-sonnet-5', 'anthropic/claude-sonnet-5'],
    ['qwen3', 'openrouter/VENDOR/qwen3'],
    ['scripted', 'scripted/NAME'],
    ['openai/', 'openai/NAME'],
    ['/gpt-5', 'openai/gpt-5'],
  ])('suggests what %s may mean', (model, suggestion) => {
    expect(() => routeModel(model, none)).toThrow(
      new UsageError(`model "${model}" is not of the form provider/name: did you mean ${suggestion}?`),
    );
  });

  it('says that no model was named', () => {
    expect(() => routeModel('', none)).toThrow(/^no model named/);
  });
});
