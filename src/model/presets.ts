import type { ModelSettings } from '../config/settings.ts';
import { UsageError } from '../errors.ts';

/** What a provider's requests and replies are like. */
interface Preset {
  baseUrl: string;
  /** The environment variable that holds its key. */
  keyVariable: string;
  key(settings: ModelSettings): string | null;
  /** Whether `response_format: json_schema` is understood. */
  jsonSchema: boolean;
  /** Whether it reports a request's cost when asked to. */
  reportsCost: boolean;
}

const presets: Record<string, Preset> = {
  openrouter: {
    baseUrl: 'https://openrouter.ai/api/v1',
    keyVariable: 'OPENROUTER_API_KEY',
    key: (settings) => settings.openrouterApiKey,
    jsonSchema: true,
    reportsCost: true,
  },
  openai: {
    baseUrl: 'https://api.openai.com/v1',
    keyVariable: 'OPENAI_API_KEY',
    key: (settings) => settings.openaiApiKey,
    jsonSchema: true,
    reportsCost: false,
  },
  anthropic: {
    baseUrl: 'https://api.anthropic.com/v1',
    keyVariable: 'ANTHROPIC_API_KEY',
    key: (settings) => settings.anthropicApiKey,
    jsonSchema: false,
    reportsCost: false,
  },
};

/** The provider whose models are scripts of this package. */
export const scriptedProvider = 'scripted';

export const providerNames: readonly string[] = [...Object.keys(presets), scriptedProvider];

/** Sent to servers that want no key, because the client refuses to have none. */
const noKey = 'none';

/** A model on a server that is there. */
export interface ModelEndpoint {
  provider: string;
  /** As the provider knows it. */
  name: string;
  baseUrl: string;
  apiKey: string;
  jsonSchema: boolean;
  reportsCost: boolean;
}

/** A script, whose server is ours to start. */
export interface ScriptedRoute {
  provider: typeof scriptedProvider;
  name: string;
}

export type ModelRoute = ModelEndpoint | ScriptedRoute;

/** True for a route to a server that is there already, false for a script. */
export function isEndpoint(route: ModelRoute): route is ModelEndpoint {
  return 'baseUrl' in route;
}

/**
 * Finds how to reach `provider/name`.
 *
 * @throws UsageError for a name without provider, an unknown provider, or a missing key; one line, naming the variables.
 */
export function routeModel(model: string, settings: ModelSettings): ModelRoute {
  const { provider, name } = splitModel(model);
  if (provider === scriptedProvider) return { provider, name };
  const preset = Object.hasOwn(presets, provider) ? presets[provider] : undefined;
  if (!preset) throw unknownProvider(provider, model);
  const otherServer = provider === 'openai' ? otherServerThan(preset.baseUrl, settings.openaiBaseUrl) : null;
  const apiKey = preset.key(settings) ?? settings.anyApiKey ?? (otherServer ? noKey : null);
  if (!apiKey) {
    throw new UsageError(
      `no API key for ${model}: set ${preset.keyVariable} or LLM_API_KEY, or use -m scripted/primes to try without one`,
    );
  }
  // It would be refused as a header, which looks like a broken connection.
  if (/[^\x21-\x7e]/.test(apiKey)) {
    throw new UsageError(`the API key for ${model} holds a space, a line break or another character that no key has`);
  }
  const { jsonSchema, reportsCost } = preset;
  return { provider, name, baseUrl: otherServer ?? preset.baseUrl, apiKey, jsonSchema, reportsCost };
}

/** Throws `UsageError` for what cannot be a model, whatever keys there are: they may be another machine's. */
export function checkModelName(model: string): void {
  const { provider } = splitModel(model);
  if (!providerNames.includes(provider)) throw unknownProvider(provider, model);
}

function unknownProvider(provider: string, model: string): UsageError {
  return new UsageError(`unknown model provider "${provider}" in "${model}": use one of ${providerNames.join(', ')}`);
}

function splitModel(model: string): { provider: string; name: string } {
  const slash = model.indexOf('/');
  const provider = model.slice(0, slash);
  const name = model.slice(slash + 1);
  if (slash > 0 && name) return { provider, name };
  if (!model) throw new UsageError('no model named: give one as provider/name, such as scripted/primes');
  const bare = model.replaceAll('/', '');
  throw new UsageError(`model "${model}" is not of the form provider/name: did you mean ${suggestionFor(bare)}?`);
}

/** Goes by how providers name their models. */
function suggestionFor(bare: string): string {
  if (providerNames.includes(bare)) return `${bare}/NAME`;
  if (/^claude/i.test(bare)) return `anthropic/${bare}`;
  if (/^(gpt|o\d|chatgpt)/i.test(bare)) return `openai/${bare}`;
  return `openrouter/VENDOR/${bare || 'NAME'}`;
}

function otherServerThan(standard: string, configured: string | null): string | null {
  if (!configured) return null;
  let url: URL;
  try {
    url = new URL(configured);
  } catch {
    throw new UsageError(`OPENAI_BASE_URL is not a URL: "${configured}"`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new UsageError(`OPENAI_BASE_URL must begin with http:// or https://, not "${configured}"`);
  }
  return url.host === new URL(standard).host ? null : configured.replace(/\/+$/, '');
}
