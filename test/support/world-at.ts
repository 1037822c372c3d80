import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import type { WorkspaceInput } from '../../src/agent/workspace.ts';
import { externalStorage } from '../../src/artifacts/external-storage.ts';
import { FileArtifactStore } from '../../src/artifacts/file-store.ts';
import type { RunHandle } from '../../src/client/run-handle.ts';
import { newRunId } from '../../src/client/run-id.ts';
import { startRun } from '../../src/client/start-run.ts';
import { loadSettings } from '../../src/config/load-settings.ts';
import type { Settings } from '../../src/config/settings.ts';
import type { AnyAgentDefinition } from '../../src/define-agent.ts';
import type { RunDocument } from '../../src/results/run-document.ts';
import type { Script } from '../../src/scripted/script.ts';
import { type ScriptedServer, startScriptedServer } from '../../src/scripted/server.ts';
import { connectTemporal, embeddedTarget } from '../../src/temporal-connection.ts';
import { type RunningWorker, runWorker } from '../../src/worker/run-worker.ts';

export interface World extends AsyncDisposable {
  client: Client;
  settings: Settings;
  store: FileArtifactStore;
  /** The scripted model, as a server apart. */
  models: ScriptedServer;
  dataDirectory: string;
  /** Starts another worker with the same settings. */
  startWorker(): Promise<RunningWorker>;
  stopWorker(): Promise<void>;
  /** Adds a script, and returns the name of the model that it makes. */
  script(script: Omit<Script, 'name'>): string;
  /** Starts a run whose model says what the script says. */
  run(signature: string, script: Omit<Script, 'name'>, options?: WorldRun): Promise<RunHandle<Record<string, unknown>>>;
  /** Starts a run of these cells, one an iteration, and waits for its results. */
  runCells(signature: string, cells: readonly string[], options?: WorldRun): Promise<RunDocument>;
}

export interface WorldRun {
  inputs?: Record<string, unknown>;
  limits?: Settings['limits'];
  runId?: string;
  instructions?: string;
  workspace?: WorkspaceInput;
  /** What the worker takes for the model's context window, in tokens. Default: that of any unknown model. */
  contextWindow?: number;
  /** Answers queries. */
  query?: Script['query'];
}

/** A reply with one cell. */
export function reply(code: string): string {
  return `\`\`\`python\n${code}\n\`\`\``;
}

export interface WorldOptions {
  agents?: readonly AnyAgentDefinition[];
  settings?: Partial<Settings>;
  /** Default: the one that all share. */
  namespace?: string;
}

export interface WorldServer {
  temporalAddress: string;
  workflowBundlePath: string;
}

/** A worker with real sandboxes, a real Temporal server and a scripted model over HTTP, apart from every other. */
export async function startWorldAt(
  { temporalAddress: address, workflowBundlePath }: WorldServer,
  { agents = [], settings: given = {}, namespace = 'default' }: WorldOptions = {},
): Promise<World> {
  await using starting = new AsyncDisposableStack();
  const dataDirectory = await mkdtemp(join(tmpdir(), 'rlm-test-'));
  starting.defer(() => rm(dataDirectory, { recursive: true, force: true }));
  const scripts: Record<string, Script> = {};
  const models = starting.use(await startScriptedServer({ scripts }));
  const base = loadSettings({ directory: dataDirectory, environment: {} });
  const settings: Settings = {
    ...base,
    dataDirectory,
    artifacts: `file:${join(dataDirectory, 'artifacts')}`,
    sandbox: 'local',
    temporal: { ...base.temporal, address, namespace, taskQueue: newRunId('test') },
    models: { ...base.models, openaiBaseUrl: models.url },
    ...given,
  };
  const connection = await connectTemporal(embeddedTarget(address));
  starting.defer(() => connection.close());
  const store = new FileArtifactStore(settings.artifacts.slice('file:'.length));
  const dataConverter = { externalStorage: externalStorage(store) };
  const client = new Client({ connection, namespace: settings.temporal.namespace, dataConverter });
  const startWorker = () => runWorker({ settings, agents, workflowBundlePath });
  let worker: RunningWorker | null = await startWorker();
  const stopWorker = async () => {
    await worker?.[Symbol.asyncDispose]();
    worker = null;
  };
  starting.defer(stopWorker);
  const addScript = (script: Omit<Script, 'name'>) => {
    const name = newRunId('script');
    scripts[name] = { ...script, name };
    return `openai/${name}`;
  };
  const run: World['run'] = async (
    signature,
    script,
    { inputs = {}, limits = {}, runId, contextWindow, ...given } = {},
  ) => {
    const model = addScript(script);
    if (contextWindow !== undefined) settings.models.contextWindows[model] = contextWindow;
    return startRun(client, signature, {
      inputs,
      limits,
      settings,
      model,
      runId: runId ?? newRunId('run'),
      ...given,
    });
  };
  const resources = starting.move();
  return {
    client,
    settings,
    store,
    models,
    dataDirectory,
    stopWorker,
    script: addScript,
    async startWorker() {
      worker = await startWorker();
      return worker;
    },
    run,
    async runCells(signature, cells, { query, ...options } = {}) {
      const handle = await run(signature, { agent: cells.map(reply), ...(query ? { query } : {}) }, options);
      return handle.document();
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
