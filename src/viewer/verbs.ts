import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { z } from 'zod';
import { AgentHandle } from '../client/agent-handle.ts';
import { type ForkOptions, planFork, planRetry, startFork } from '../client/fork-agent.ts';
import { liveWorkers } from '../client/live-workers.ts';
import { readFilledIn } from '../config/limit-names.ts';
import type { Settings } from '../config/settings.ts';
import { UsageError } from '../errors.ts';
import { checkModelName } from '../model/presets.ts';

/** What the page asks for: a verb, the agent it is about, and what the verb needs besides. */
export const VerbRequest = z.strictObject({
  verb: z.string(),
  agentId: z.string().min(1).max(1_000),
  /** The note of `tell`; further instructions of a fork. */
  text: z.string().max(100_000).optional(),
  /** After which a fork begins. Default: the last that has ended. */
  iteration: z.union([z.number(), z.string().max(100)]).optional(),
  /** What a fork has otherwise than its source; limits as they were typed, by name. */
  model: z.string().max(1_000).optional(),
  subModel: z.string().max(1_000).optional(),
  limits: z.record(z.string().max(100), z.string().max(100)).optional(),
});
export type VerbRequest = z.infer<typeof VerbRequest>;

/** What came of it, in one line, and the run that it started. */
export interface VerbOutcome {
  message: string;
  runId?: string;
}

export interface VerbPlace {
  client: Client;
  settings: Settings;
}

type Verb = (place: VerbPlace, request: VerbRequest) => Promise<VerbOutcome>;

/** The verbs that the page has buttons for, by name. Each throws `UsageError` with one line where it cannot be done. */
const verbs: Readonly<Record<string, Verb>> = {
  cancel: async (place, { agentId }) => {
    await new AgentHandle(place.client, agentId).cancel();
    return said(place, agentId, `${agentId} is being cancelled`);
  },
  pause: async (place, { agentId }) => {
    await new AgentHandle(place.client, agentId).pause();
    return said(place, agentId, `${agentId} is paused: no model call starts any more`);
  },
  resume: async (place, { agentId }) => {
    await new AgentHandle(place.client, agentId).resume();
    return said(place, agentId, `${agentId} goes on`);
  },
  tell: async (place, { agentId, text = '' }) => {
    await new AgentHandle(place.client, agentId).tell(text);
    return said(place, agentId, `${agentId} reads it before its next reply`);
  },
  retry: async (place, { agentId }) => {
    const { client, settings } = place;
    const { status } = await describe(client, agentId);
    if (status.name !== 'RUNNING') {
      const run = await startFork(client, await planRetry(client, settings, agentId), { settings });
      return said(place, run.runId, `${run.runId} does the task of ${agentId} anew`, run.runId);
    }
    await new AgentHandle(client, agentId).retry();
    return said(place, agentId, `${agentId} is started afresh`);
  },
  fork: async (place, request) => {
    const { client, settings } = place;
    const { agentId, iteration } = request;
    const options = changesOf(request);
    const after = iteration === undefined ? undefined : iterationOf(iteration);
    const plan = await planFork(client, settings, agentId, after);
    const run = await startFork(client, plan, { ...options, settings });
    return said(place, run.runId, `${run.runId} begins after iteration ${plan.fork.after} of ${agentId}`, run.runId);
  },
};

export const verbNames: readonly string[] = Object.keys(verbs);

/** Carries out a verb. Throws `UsageError` with one line that says why not. */
export async function carryOut(place: VerbPlace, request: VerbRequest): Promise<VerbOutcome> {
  const verb = Object.hasOwn(verbs, request.verb) ? verbs[request.verb] : undefined;
  if (!verb) throw new UsageError(`there is no verb "${request.verb}"`);
  return verb(place, request);
}

/** What a fork has otherwise than its source. Throws `UsageError` for what cannot be. */
function changesOf({ text, model, subModel, limits = {} }: VerbRequest): ForkOptions {
  for (const name of [model, subModel]) if (name !== undefined) checkModelName(name);
  return {
    limits: readFilledIn(limits),
    ...(text ? { instructions: text } : {}),
    ...(model === undefined ? {} : { model }),
    ...(subModel === undefined ? {} : { subModel }),
  };
}

function iterationOf(given: number | string): number {
  const text = String(given).trim();
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(`"${text}" is not the number of an iteration, nor 0`);
}

/** Says it, and what is missing for it to come about. */
async function said({ client }: VerbPlace, agentId: string, message: string, runId?: string): Promise<VerbOutcome> {
  const { taskQueue } = await describe(client, agentId);
  const workers = await liveWorkers(client, taskQueue);
  const hint = workers.length > 0 ? '' : '; no worker serves it now: start one with "rlm worker"';
  return { message: `${message}${hint}`, ...(runId === undefined ? {} : { runId }) };
}

async function describe(client: Client, agentId: string): Promise<WorkflowExecutionDescription> {
  try {
    return await client.workflow.getHandle(agentId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new UsageError(`Temporal knows no agent ${agentId}`);
    throw error;
  }
}
