import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  connect,
  loadSettings,
  type RlmConnection,
  type RunDocument,
  runWorker,
  type Settings,
  startRun,
} from '../src/index.ts';
import { createProvider } from '../src/sandbox/create-provider.ts';
import type { Script } from '../src/scripted/script.ts';

export interface BenchRun {
  inputs?: Record<string, unknown>;
  limits?: Settings['limits'];
  /** Each agent gets a clone of it. */
  workspace?: { repository: string };
  /** How long the scripted model waits before each answer. */
  latencyMs?: number;
}

/** A Temporal server with its database file, a worker, and the scripted model in a process of its own. */
export interface BenchWorld extends AsyncDisposable {
  modelUrl: string;
  /** A folder that is removed with the world. */
  directory: string;
  client: RlmConnection['client'];
  settings: Settings;
  /** Ids of the sandboxes that there are. */
  sandboxes(): Promise<string[]>;
  run(script: Script, signature: string, options?: BenchRun): Promise<RunDocument>;
}

export const workflowBundlePath = fileURLToPath(new URL('../dist/workflow-bundle.js', import.meta.url));

export async function startBenchWorld(): Promise<BenchWorld> {
  await using starting = new AsyncDisposableStack();
  const dataDirectory = await mkdtemp(join(tmpdir(), 'rlm-bench-'));
  // The server may still write its last lines there.
  starting.defer(() => rm(dataDirectory, { recursive: true, force: true, maxRetries: 10 }));
  const models = fork(fileURLToPath(new URL('./model-server.ts', import.meta.url)));
  starting.defer(() => {
    models.kill();
  });
  const [modelUrl] = (await once(models, 'message')) as [string];
  const base = loadSettings({ directory: dataDirectory, environment: {} });
  const wanted: Settings = {
    ...base,
    dataDirectory,
    artifacts: `file:${join(dataDirectory, 'artifacts')}`,
    sandbox: 'local',
    models: { ...base.models, openaiBaseUrl: modelUrl },
  };
  const connection = starting.use(await connect({ settings: wanted }));
  const { settings } = connection;
  starting.use(await runWorker({ settings, workflowBundlePath }));
  const provider = starting.use(createProvider(settings));
  const resources = starting.move();
  return {
    modelUrl,
    directory: dataDirectory,
    sandboxes: async () => (await provider.list()).map(({ id }) => id),
    async run(script, signature, { inputs = {}, limits = {}, latencyMs = 0, workspace } = {}) {
      await setLatency(modelUrl, latencyMs);
      const model = `openai/${script.name}`;
      const run = await startRun(connection.client, signature, {
        ...{ inputs, limits, model, settings },
        ...(workspace === undefined ? {} : { workspace }),
      });
      return run.result();
    },
    client: connection.client,
    settings,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** From now on the scripted model waits so long before each answer. */
export async function setLatency(modelUrl: string, latencyMs: number): Promise<void> {
  const control = new URL('/control', modelUrl);
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(control, { method: 'POST', headers, body: JSON.stringify({ latencyMs, reset: true }) });
  if (!response.ok) throw new Error(`the scripted model refused its control: ${response.status}`);
}
