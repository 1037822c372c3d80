import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { z } from 'zod';
import { type AgentArguments, checkInstructions } from '../agent/agent-arguments.ts';
import { type LimitsInput, LimitsInput as limitsSchema } from '../agent/limits.ts';
import { agentWorkflowType } from '../agent/names.ts';
import type { WorkspaceInput } from '../agent/workspace.ts';
import { openArtifactStore } from '../artifacts/open-store.ts';
import { storeValue } from '../artifacts/stored-value.ts';
import { loadSettings } from '../config/load-settings.ts';
import type { Settings } from '../config/settings.ts';
import type { AgentDefinition, AnyAgentDefinition } from '../define-agent.ts';
import { UsageError } from '../errors.ts';
import { checkedWorkspace } from '../repository/checked-workspace.ts';
import { parseSignature } from '../signature/parse-signature.ts';
import type { Signature } from '../signature/signature.ts';
import { validateValues } from '../signature/validate.ts';
import { RunHandle } from './run-handle.ts';
import { checkedRunId, newRunId } from './run-id.ts';
import { runMemo } from './run-memo.ts';
import { storingClient } from './storing-client.ts';

export interface RunOptions<Inputs> {
  inputs: Inputs;
  /** Default: NAME_YYYYMMDD_HHMMSS and a few random characters. */
  runId?: string;
  /** `provider/name`. Default: the agent's, else the settings'. */
  model?: string;
  /** Serves `llm_query*`. */
  subModel?: string;
  /** A repository, of which each agent gets a clone; a local path is relative to the current folder. Default: the agent's. */
  workspace?: WorkspaceInput;
  instructions?: string;
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
  const limits = limitsSchema.safeParse(options.limits ?? {});
  if (!limits.success) throw new UsageError(`limits: ${z.prettifyError(limits.error).replaceAll('\n', ' ')}`);

  checkInstructions(options.instructions);
  const workspace = options.workspace && checkedWorkspace(options.workspace);

  const stored: NonNullable<AgentArguments['storedInputs']> = {};
  const inline: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    const kept = await storeValue(store, value);
    if ('artifact' in kept) stored[name] = kept;
    else inline[name] = value;
  }
  const runId = options.runId ?? newRunId(definition?.name ?? 'run');
  const given: AgentArguments = {
    ...(definition ? { agent: definition.name } : { signature }),
    inputs: inline,
    storedInputs: stored,
    limits: options.limits ?? {},
    ...(options.model === undefined ? {} : { model: options.model }),
    ...(options.subModel === undefined ? {} : { subModel: options.subModel }),
    ...(workspace === undefined ? {} : { workspace }),
    ...(options.instructions === undefined ? {} : { instructions: options.instructions }),
  };
  const storing = storingClient(client, store);
  try {
    await storing.workflow.start(agentWorkflowType, {
      workflowId: checkedRunId(runId),
      taskQueue: settings.temporal.taskQueue,
      args: [given],
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: signature.text.slice(0, 200),
      memo: runMemo(signature, values, options.model ?? definition?.model ?? settings.model),
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      throw new UsageError(
        `a run with the id ${runId} is in progress; choose another id, or follow it with "rlm watch ${runId}"`,
      );
    }
    throw error;
  }
  return new RunHandle(storing, store, runId, definition?.schemas?.outputs ?? null);
}

function checkedInputs(signature: Signature, inputs: unknown): Record<string, unknown> {
  const checked = validateValues(signature.inputs, (inputs ?? {}) as Record<string, unknown>);
  if (!checked.ok) throw new UsageError(`inputs: ${checked.problems.join('; ')}`);
  return checked.values;
}
