import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Limits, workspaceLimits } from '../../src/agent/limits.ts';
import { FileArtifactStore } from '../../src/artifacts/file-store.ts';
import { openArtifactStore } from '../../src/artifacts/open-store.ts';
import { variables } from '../../src/config/environment.ts';
import { parseLimit, readFilledIn } from '../../src/config/limit-names.ts';
import { type LoadSettingsOptions, loadSettings } from '../../src/config/load-settings.ts';
import { UsageError } from '../../src/errors.ts';

const project = join(import.meta.dirname, '../..');
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rlm-settings-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function load(options: LoadSettingsOptions = {}) {
  return loadSettings({ directory, environment: {}, ...options });
}

function loadConfig(yaml: string) {
  writeFileSync(join(directory, 'config.yaml'), yaml);
  return load();
}

/** The message of the UsageError that something throws. */
function complaint(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).not.toContain('\n');
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

describe('where settings come from', () => {
  it('has defaults for everything', () => {
    expect(load()).toEqual({
      dataDirectory: join(directory, '.rlm'),
      artifacts: `file:${join(directory, '.rlm/artifacts')}`,
      sandbox: 'local',
      temporal: { address: null, namespace: 'default', apiKey: null, tls: null, taskQueue: 'rlm' },
      models: {
        openaiApiKey: null,
        openaiBaseUrl: null,
        openrouterApiKey: null,
        anthropicApiKey: null,
        anyApiKey: null,
        prices: {},
        stream: true,
        contextWindows: {},
        scripts: {},
        scriptedLatencyMs: 0,
      },
      repositories: { token: null, username: null, githubToken: null, gitlabToken: null },
      daytona: {
        ...{
          apiKey: null,
          apiUrl: null,
          target: null,
          image: null,
          snapshot: null,
          cpu: null,
          memory: null,
          disk: null,
        },
        ...{ environment: {}, networkBlockAll: false, networkAllowList: [] },
      },
      worker: { deployment: null, shutdownGrace: 8 },
      model: 'openrouter/google/gemini-3-flash-preview',
      subModel: null,
      limits: {},
    });
  });

  it('puts the command line over the environment, that over .env, that over the config file', () => {
    writeFileSync(join(directory, 'config.yaml'), 'data_dir: from-config\n');
    expect(load().dataDirectory).toBe(join(directory, 'from-config'));
    writeFileSync(join(directory, '.env'), 'RLM_DATA_DIR="from-dot-env"\n');
    expect(load().dataDirectory).toBe(join(directory, 'from-dot-env'));
    const environment = { RLM_DATA_DIR: 'from-environment' };
    expect(load({ environment }).dataDirectory).toBe(join(directory, 'from-environment'));
    expect(load({ environment, overrides: { dataDirectory: '/from/option' } }).dataDirectory).toBe('/from/option');
  });

  it('reads as which version workers work, and how they stop', () => {
    writeFileSync(join(directory, 'config.yaml'), 'worker: { deployment: agents, build_id: v1, shutdown_grace: 25 }\n');
    expect(load().worker).toEqual({ deployment: { name: 'agents', buildId: 'v1' }, shutdownGrace: 25 });
    const environment = { RLM_BUILD_ID: 'v2', RLM_SHUTDOWN_GRACE: '0.5' };
    expect(load({ environment }).worker).toEqual({
      deployment: { name: 'agents', buildId: 'v2' },
      shutdownGrace: 0.5,
    });
    expect(complaint(() => load({ environment: { RLM_SHUTDOWN_GRACE: 'soon' } }))).toContain('a number of seconds');
    writeFileSync(join(directory, 'config.yaml'), '');
    expect(complaint(() => load({ environment: { RLM_DEPLOYMENT: 'agents' } }))).toContain('RLM_BUILD_ID');
    expect(complaint(() => load({ environment }))).toContain('RLM_DEPLOYMENT');
    const dotted = { RLM_DEPLOYMENT: 'our.agents', RLM_BUILD_ID: 'v1' };
    expect(complaint(() => load({ environment: dotted }))).toContain('"our.agents" cannot be called that');
  });

  it('reads how sandboxes are made at Daytona', () => {
    const text =
      'daytona: { image: a/b, target: us, cpu: 2, env: { A: b }, network_block_all: true, network_allow_list: [10.0.0.0/8] }';
    writeFileSync(join(directory, 'config.yaml'), `${text}\n`);
    const environment = {
      DAYTONA_API_KEY: 'key',
      DAYTONA_API_URL: 'https://daytona.example/api',
      DAYTONA_TARGET: 'eu',
    };
    expect(load({ environment })).toMatchObject({
      sandbox: 'daytona',
      daytona: {
        ...{ apiKey: 'key', apiUrl: 'https://daytona.example/api', target: 'eu', image: 'a/b', snapshot: null, cpu: 2 },
        ...{ environment: { A: 'b' }, networkBlockAll: true, networkAllowList: ['10.0.0.0/8'] },
      },
    });
    expect(complaint(() => load({ environment: { DAYTONA_API_URL: 'daytona' } }))).toContain(
      'DAYTONA_API_URL is "daytona"',
    );
    writeFileSync(join(directory, 'config.yaml'), 'daytona:\n  image: a\n  snapshot: b\n');
    expect(complaint(() => load())).toBe('config.yaml:1: daytona: give image or snapshot, not both');
  });

  it('takes an empty variable for one that is not set, and lets it hide the one in .env', () => {
    writeFileSync(join(directory, '.env'), 'OPENAI_API_KEY=one\nLLM_API_KEY=\n');
    expect(load().models).toMatchObject({ openaiApiKey: 'one', anyApiKey: null });
    expect(load({ environment: { OPENAI_API_KEY: '' } }).models.openaiApiKey).toBeNull();
  });

  it('uses Daytona where its key is set, unless told otherwise', () => {
    expect(load({ environment: { DAYTONA_API_KEY: 'key' } }).sandbox).toBe('daytona');
    expect(load({ environment: { DAYTONA_API_KEY: 'key', RLM_SANDBOX: 'local' } }).sandbox).toBe('local');
  });

  it('merges limits one by one', () => {
    writeFileSync(join(directory, 'config.yaml'), 'rlm: { max_iterations: 7, global_timeout: 60, max_depth: 2 }\n');
    expect(load({ overrides: { limits: { maxDepth: 4 } } }).limits).toEqual({
      maxIterations: 7,
      timeout: 60,
      maxDepth: 4,
    });
  });

  it('reads prices, streaming, scripts and Temporal from the config file, with paths relative to it', () => {
    mkdirSync(join(directory, 'folder'));
    writeFileSync(
      join(directory, 'folder/other.yaml'),
      `model: { name: openai/a, sub: openai/b, prices: { openai/a: { input: 1, cached_input: 0.1, output: 2 } }, stream: false, context_windows: { openai/a: 9000 } }
temporal: { address: "temporal:7233", namespace: n, task_queue: q }
artifacts: file:kept
scripted: { latency_ms: 5, scripts: { mine: ./mine.ts } }
`,
    );
    const settings = load({ configFile: 'folder/other.yaml' });
    expect(settings).toMatchObject({
      model: 'openai/a',
      subModel: 'openai/b',
      artifacts: `file:${join(directory, 'folder/kept')}`,
      temporal: { address: 'temporal:7233', namespace: 'n', taskQueue: 'q' },
      models: {
        prices: { 'openai/a': { input: 1, cachedInput: 0.1, output: 2 } },
        stream: false,
        contextWindows: { 'openai/a': 9_000 },
        scripts: { mine: join(directory, 'folder/mine.ts') },
        scriptedLatencyMs: 5,
      },
    });
  });

  it('reads the TLS files of Temporal under the names that Temporal gives them', () => {
    const environment = {
      TEMPORAL_TLS_CLIENT_CERT_PATH: 'client.pem',
      TEMPORAL_TLS_CLIENT_KEY_PATH: '/keys/client.key',
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: 'ca.pem',
    };
    expect(load({ environment }).temporal.tls).toEqual({
      certificateFile: join(directory, 'client.pem'),
      keyFile: '/keys/client.key',
      caFile: join(directory, 'ca.pem'),
    });
    expect(load({ environment: { TEMPORAL_TLS: 'true' } }).temporal.tls).toEqual({});
    expect(load({ environment: { ...environment, TEMPORAL_TLS: 'false' } }).temporal.tls).toBeNull();
  });
});

describe('mistakes in a config file', () => {
  it.each([
    [
      'model:\n  name: a/b\nrlm:\n  max_iteration: 5\n',
      'config.yaml:4: unknown key "max_iteration" in rlm; did you mean max_iterations?',
    ],
    ['\nmodle: {}\n', 'config.yaml:2: unknown key "modle"; did you mean model?'],
    [
      'model: { prices: { a/b: { input: 1, outptu: 2 } } }',
      'config.yaml:1: model.prices.a/b.output: expected number, received undefined',
    ],
    [
      'model: { context_windows: { a/b: many } }',
      'config.yaml:1: model.context_windows.a/b: expected number, received string',
    ],
    [
      'model:\n  prices:\n    a/b: { input: 1, output: 2, cached: 1 }',
      'config.yaml:3: unknown key "cached" in model.prices.a/b',
    ],
    [
      'rlm:\n  max_llm_calls: 3\n  max_iterations: many\n',
      'config.yaml:3: rlm.max_iterations: expected number, received string',
    ],
    ['rlm: { max_iterations: 0 }', 'config.yaml:1: rlm.max_iterations: Too small: expected number to be >0'],
    ['sandbox: docker', 'config.yaml:1: sandbox: Invalid option: expected one of "local"|"daytona"'],
    ['- model', 'config.yaml:1: the file: expected object, received array'],
    ['model:\n  name: a\n  name: b\n', 'config.yaml:3: Map keys must be unique'],
  ])('%j', (yaml, message) => {
    expect(complaint(() => loadConfig(yaml))).toBe(message);
  });

  it('names the line of broken YAML', () => {
    expect(complaint(() => loadConfig('model:\n  name: [a\n'))).toMatch(/^config\.yaml:3: /);
  });

  it('takes an empty file for one that says nothing', () => {
    expect(loadConfig('# nothing\n').limits).toEqual({});
  });

  it('refuses a file that was named and is not there', () => {
    expect(complaint(() => load({ configFile: 'gone.yaml' }))).toBe(
      `cannot read the config file ${join(directory, 'gone.yaml')}: there is no such file`,
    );
    expect(complaint(() => load({ configFile: '.' }))).toContain('it is a folder');
  });
});

describe('mistakes in the environment', () => {
  it.each([
    [{ RLM_SANDBOX: 'foo' }, 'RLM_SANDBOX is "foo"; it must be local or daytona'],
    [{ RLM_ARTIFACTS: 'ftp://host' }, 'RLM_ARTIFACTS is "ftp://host"; it must be file:PATH or s3://BUCKET/PREFIX'],
    [{ RLM_ARTIFACTS: 's3:bucket' }, 'RLM_ARTIFACTS is "s3:bucket"; it must be file:PATH or s3://BUCKET/PREFIX'],
    [{ TEMPORAL_ADDRESS: 'localhost' }, 'TEMPORAL_ADDRESS "localhost" is not HOST:PORT, such as localhost:7233'],
    [{ TEMPORAL_TLS: 'maybe' }, 'TEMPORAL_TLS is "maybe"; it must be true or false'],
    [
      { TEMPORAL_TLS_CLIENT_CERT_PATH: 'a.pem' },
      'TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH must be set together',
    ],
    [
      { OPENAI_BASE_URL: 'localhost:8080' },
      'OPENAI_BASE_URL is "localhost:8080"; it must be an address that begins with http:// or https://',
    ],
  ])('%j', (environment, message) => {
    expect(complaint(() => load({ environment }))).toBe(message);
  });
});

describe('--limit', () => {
  it('reads a limit under its name on the command line or in a config file', () => {
    expect(parseLimit('maxIterations=40')).toEqual({ maxIterations: 40 });
    expect(parseLimit('max_cost_usd=0.5')).toEqual({ maxCostUsd: 0.5 });
    expect(parseLimit('maxTokens=none')).toEqual({ maxTokens: null });
  });

  it.each([
    ['maxIterations', '--limit maxIterations: write NAME=VALUE, such as maxIterations=40'],
    ['maxIteration=4', '--limit maxIteration=4: unknown limit "maxIteration"; did you mean maxIterations?'],
    ['maxIterations=x', '--limit maxIterations=x: Invalid input: expected number, received NaN'],
    ['maxIterations=', '--limit maxIterations=: Invalid input: expected number, received string'],
    ['maxIterations=1.5', '--limit maxIterations=1.5: Invalid input: expected int, received number'],
  ])('refuses %j', (text, message) => {
    expect(complaint(() => parseLimit(text))).toBe(message);
  });
});

describe('limits that were filled in', () => {
  it('are read by name; one left empty is not given, and none lifts one that can be lifted', () => {
    const texts = { maxIterations: ' 40 ', maxCostUsd: '0.5', maxTokens: 'none', maxDepth: '', timeout: ' ' };
    expect(readFilledIn(texts)).toEqual({ maxIterations: 40, maxCostUsd: 0.5, maxTokens: null });
  });

  it.each([
    ['maxIterations', 'many', 'maxIterations is "many"; it must be a whole number above 0'],
    ['maxIterations', 'none', 'maxIterations is "none"; it must be a whole number above 0'],
    ['maxRecoveries', '1.5', 'maxRecoveries is "1.5"; it must be a whole number of 0 or more'],
    ['maxCostUsd', '0', 'maxCostUsd is "0"; it must be a number above 0, or none'],
    ['maxDepth', '-1', 'maxDepth is "-1"; it must be a whole number of 0 or more, or none'],
    ['maxDeph', '1', 'unknown limit "maxDeph"; did you mean maxDepth?'],
  ])('are refused in one line: %s as %j', (name, text, message) => {
    expect(complaint(() => readFilledIn({ [name]: text }))).toBe(message);
  });
});

describe('the artifact store', () => {
  it('is a folder of files', () => {
    const store = openArtifactStore(load());
    expect(store).toBeInstanceOf(FileArtifactStore);
    expect((store as FileArtifactStore).directory).toBe(join(directory, '.rlm/artifacts'));
    expect(load({ environment: { RLM_ARTIFACTS: 'file:///kept/here' } }).artifacts).toBe('file:/kept/here');
  });

  it('is refused when opened where it is on S3', () => {
    const settings = load({ environment: { RLM_ARTIFACTS: 's3://bucket/prefix' } });
    expect(complaint(() => openArtifactStore(settings))).toContain('s3://bucket/prefix');
  });
});

describe('the examples in the repository', () => {
  it('config.example.yaml is valid and says the defaults, all of them', () => {
    const settings = load({ configFile: join(project, 'config.example.yaml') });
    // Those with another default for agents with a workspace stand in comments: a copied file must not decide them.
    const commented = readFileSync(join(project, 'config.example.yaml'), 'utf8').matchAll(/^ {2}# (\w+): (\d+) #/gm);
    const said = [...commented].map(([, name = '', value = '']) => parseLimit(`${name}=${value}`));
    expect(said.flatMap((limit) => Object.keys(limit)).toSorted()).toEqual(Object.keys(workspaceLimits).toSorted());
    expect(Object.assign({}, settings.limits, ...said)).toEqual(Limits.parse({}));
    const { prices, ...models } = load().models;
    expect(settings).toMatchObject({
      ...load(),
      models,
      limits: {},
      dataDirectory: join(project, '.rlm'),
      artifacts: `file:${join(project, '.rlm/artifacts')}`,
    });
    expect(prices).toEqual({});
  });

  it('.env.example has every variable, empty', () => {
    const example = parseEnv(readFileSync(join(project, '.env.example'), 'utf8'));
    expect(Object.keys(example).toSorted()).toEqual([...variables].toSorted());
    expect(Object.values(example).join('')).toBe('');
  });
});
