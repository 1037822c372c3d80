import type { Client } from '@temporalio/client';
import type { AgentArguments } from '../agent/agent-arguments.ts';
import type { LimitsInput } from '../agent/limits.ts';
import { taskAmong } from '../agent/task-of.ts';
import type { WorkspaceInput } from '../agent/workspace.ts';
import { openArtifactStore } from '../artifacts/open-store.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { type StoredValue, storeValue } from '../artifacts/stored-value.ts';
import { loadSettings } from '../config/load-settings.ts';
import type { Settings } from '../config/settings.ts';
import type { AgentDefinition, AnyAgentDefinition } from '../define-agent.ts';
import { definedOnly } from '../defined-only.ts';
import { UsageError } from '../errors.ts';
import { checkedWorkspace } from '../repository/checked-workspace.ts';
import { parseSignature } from '../signature/parse-signature.ts';
import type { Signature } from '../signature/signature.ts';
import { validateValues } from '../signature/validate.ts';
import type { RunHandle } from './run-handle.ts';
import { checkedRunId, newRunId } from './run-id.ts';
import { runMemo } from './run-memo.ts';
import { checkedChanges, startRoot } from './start-root.ts';

/** What a run is given. What is left out is as its agent has it, else as the worker's settings have it. */
export interface RunOptions<Inputs> {
  inputs: Inputs;
  /** Default: NAME_YYYYMMDD_HHMMSS and a few random characters. */
  runId?: string;
  /** `provider/name`. Default: the agent's, else the settings'. */
  model?: string;
  /** Serves `llm_query*`. Default: the agent's, else the settings', else `model`. */
  subModel?: string;
  /** A repository, of which each agent gets a clone; a local path is relative to the current folder. Default: the agent's. */
  workspace?: WorkspaceInput;
  /** What else the model is told, at most 200,000 characters. Default: the agent's. */
  instructions?: string;
  /** Those that are given go over the agent's. */
  limits?: LimitsInput;
  /** Where inputs are stored and which task queue is used. Default: from the environment, `.env` and `./config.yaml`. */
  settings?: Settings;
}

/**
 * Starts a run of an agent: one that the worker was given by name, or a bare signature such as
 * `question: str -> answer: str`. Inputs are checked before anything starts.
 *
 * Throws `UsageError` when the inputs do not match, or the run id is taken.
 */
export function startRun<Inputs, Outputs>(
  client: Client,
  agent: AgentDefinition<Inputs, Outputs>,
  options: RunOptions<Inputs>,
): Promise<RunHandle<Outputs>>;
/** The same for a bare signature: its outputs have no types. */
export function startRun(
  client: Client,
  signature: string,
  options: RunOptions<Record<string, unknown>>,
): Promise<RunHandle<Record<string, unknown>>>;
export async function startRun(
  client: Client,
  agent: AnyAgentDefinition | string,
  options: RunOptions<unknown>,
): Promise<RunHandle<unknown>> {
  const settings = options.settings ?? loadSettings();
  const store = openArtifactStore(settings);
  const definition = typeof agent === 'string' ? null : agent;
  const signature = typeof agent === 'string' ? parseSignature(agent) : agent.signature;
  const values = checkedInputs(signature, options.inputs);
  const changes = checkedChanges(options);
  const workspace = options.workspace && checkedWorkspace(options.workspace);
  const inputs = await storeInputs(store, values);
  const runId = checkedRunId(options.runId ?? newRunId(definition?.name ?? 'run'));
  const model = options.model ?? definition?.model ?? settings.model;
  return startRoot(client, store, {
    runId,
    taskQueue: settings.temporal.taskQueue,
    given: {
      ...(definition ? { agent: definition.name } : { signature }),
      ...inputs,
      ...changes,
      ...definedOnly({ workspace }),
    },
    signature,
    memo: runMemo(taskOfValues(signature, values), model),
    outputs: definition?.schemas?.outputs ?? null,
    whenTaken: `choose another id, or follow it with "rlm watch ${runId}"`,
  });
}

function checkedInputs(signature: Signature, inputs: unknown): Record<string, unknown> {
  const checked = validateValues(signature.inputs, (inputs ?? {}) as Record<string, unknown>);
  if (!checked.ok) throw new UsageError(`inputs: ${checked.problems.join('; ')}`);
  return checked.values;
}

/** What is large is in the artifact store before Temporal hears of it. */
async function storeInputs(
  store: ArtifactStore,
  values: Record<string, unknown>,
): Promise<Pick<AgentArguments, 'inputs' | 'storedInputs'>> {
  const inputs: Record<string, unknown> = {};
  const storedInputs: Record<string, StoredValue> = {};
  for (const [name, value] of Object.entries(values)) {
    const kept = await storeValue(store, value);
    if ('artifact' in kept) storedInputs[name] = kept;
    else inputs[name] = value;
  }
  return { inputs, storedInputs };
}

function taskOfValues({ inputs, text }: Signature, values: Record<string, unknown>): string {
  const task = taskAmong(inputs.filter(({ name }) => typeof values[name] === 'string'));
  return task ? String(values[task.name]) : text;
}
