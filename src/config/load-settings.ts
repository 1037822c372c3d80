import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LimitsInput } from '../agent/limits.ts';
import { UsageError } from '../errors.ts';
import { readConfigFile } from './config-file.ts';
import { type ConfigFile, configLimits } from './config-schema.ts';
import { daytonaSettings } from './daytona-settings.ts';
import { type Environment, readEnvironment } from './environment.ts';
import type { ModelSettings, Price, Settings } from './settings.ts';
import { temporalSettings } from './temporal-settings.ts';
import { workerSettings } from './worker-settings.ts';

export const defaultModel = 'openrouter/google/gemini-3-flash-preview';

/** What the command line says; it goes over everything else. */
export interface SettingsOverrides {
  model?: string;
  subModel?: string;
  sandbox?: string;
  artifacts?: string;
  dataDirectory?: string;
  limits?: LimitsInput;
}

export interface LoadSettingsOptions {
  /** Default: `config.yaml` of the directory, where there is one. */
  configFile?: string;
  /** Default: that of the process. */
  environment?: NodeJS.ProcessEnv;
  /** Where `.env` and `config.yaml` are, and what relative paths start from. Default: the current one. */
  directory?: string;
  overrides?: SettingsOverrides;
}

/**
 * Decides every setting: the command line goes over the environment, that over `.env`, that over the config file, that
 * over the defaults. Paths in a config file are relative to it, all others to the directory.
 *
 * Throws {@link UsageError} with one line on the first mistake.
 */
export function loadSettings(options: LoadSettingsOptions = {}): Settings {
  const directory = resolve(options.directory ?? '.');
  const { overrides = {} } = options;
  const variable = readEnvironment(options.environment ?? process.env, directory);
  const { config, configDirectory } = findConfig(options.configFile, directory);

  const dataDirectory = firstPath(
    [overrides.dataDirectory ?? variable('RLM_DATA_DIR'), directory],
    [config.data_dir ?? null, configDirectory],
    ['.rlm', directory],
  );
  const artifacts =
    checkedStore('--artifacts', overrides.artifacts ?? null, directory) ??
    checkedStore('RLM_ARTIFACTS', variable('RLM_ARTIFACTS'), directory) ??
    checkedStore('artifacts', config.artifacts ?? null, configDirectory) ??
    `file:${resolve(dataDirectory, 'artifacts')}`;
  return {
    dataDirectory,
    artifacts,
    sandbox:
      checkedSandbox('--sandbox', overrides.sandbox ?? null) ??
      checkedSandbox('RLM_SANDBOX', variable('RLM_SANDBOX')) ??
      config.sandbox ??
      (variable('DAYTONA_API_KEY') === null ? 'local' : 'daytona'),
    temporal: temporalSettings(variable, config, directory),
    models: modelSettings(variable, config, configDirectory),
    repositories: {
      token: variable('RLM_GIT_TOKEN'),
      username: variable('RLM_GIT_USERNAME'),
      githubToken: variable('GITHUB_TOKEN') ?? variable('GH_TOKEN'),
      gitlabToken: variable('GITLAB_TOKEN'),
    },
    daytona: daytonaSettings(variable, config),
    worker: workerSettings(variable, config),
    model: overrides.model ?? config.model?.name ?? defaultModel,
    subModel: overrides.subModel ?? config.model?.sub ?? null,
    limits: { ...configLimits(config), ...overrides.limits },
  };
}

function findConfig(given: string | undefined, directory: string): { config: ConfigFile; configDirectory: string } {
  const file = resolve(directory, given ?? 'config.yaml');
  const config = given !== undefined || existsSync(file) ? readConfigFile(file) : {};
  return { config, configDirectory: dirname(file) };
}

/** The first path that is given, made absolute from the directory it is relative to. */
function firstPath(...candidates: [path: string | null, from: string][]): string {
  for (const [path, from] of candidates) if (path !== null) return resolve(from, path);
  throw new TypeError('no path is given');
}

function checkedSandbox(source: string, value: string | null): Settings['sandbox'] | null {
  if (value === null || value === 'local' || value === 'daytona') return value;
  throw new UsageError(`${source} is "${value}"; it must be local or daytona`);
}

/** Makes the path of a file store absolute. */
function checkedStore(source: string, value: string | null, directory: string): string | null {
  if (value === null) return null;
  if (/^s3:\/\/[^/]+/.test(value)) return value;
  if (value.startsWith('file:///')) return `file:${fileURLToPath(value)}`;
  if (/^file:(?!\/\/)./.test(value)) return `file:${resolve(directory, value.slice('file:'.length))}`;
  throw new UsageError(`${source} is "${value}"; it must be file:PATH or s3://BUCKET/PREFIX`);
}

function modelSettings(variable: Environment, config: ConfigFile, configDirectory: string): ModelSettings {
  const scripts = Object.entries(config.scripted?.scripts ?? {});
  return {
    openaiApiKey: variable('OPENAI_API_KEY'),
    openaiBaseUrl: checkedUrl('OPENAI_BASE_URL', variable('OPENAI_BASE_URL')),
    openrouterApiKey: variable('OPENROUTER_API_KEY'),
    anthropicApiKey: variable('ANTHROPIC_API_KEY'),
    anyApiKey: variable('LLM_API_KEY'),
    prices: prices(config),
    stream: config.model?.stream ?? true,
    contextWindows: config.model?.context_windows ?? {},
    scripts: Object.fromEntries(scripts.map(([name, path]) => [name, resolve(configDirectory, path)])),
    scriptedLatencyMs: config.scripted?.latency_ms ?? 0,
  };
}

function checkedUrl(source: string, value: string | null): string | null {
  if (value === null || (/^https?:\/\//.test(value) && URL.canParse(value))) return value;
  throw new UsageError(`${source} is "${value}"; it must be an address that begins with http:// or https://`);
}

function prices(config: ConfigFile): Record<string, Price> {
  const given = Object.entries(config.model?.prices ?? {});
  return Object.fromEntries(
    given.map(([model, { input, cached_input: cachedInput, output }]) => [
      model,
      { input, output, ...(cachedInput === undefined ? {} : { cachedInput }) },
    ]),
  );
}
