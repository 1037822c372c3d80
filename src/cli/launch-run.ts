import type { Limits } from '../agent/limits.ts';
import { isScripted } from '../agent/names.ts';
import type { WorkspaceInput } from '../agent/workspace.ts';
import type { RunHandle } from '../client/run-handle.ts';
import { startRun } from '../client/start-run.ts';
import type { Settings } from '../config/settings.ts';
import type { RlmConnection } from '../connection.ts';
import type { AnyAgentDefinition } from '../define-agent.ts';
import { definedOnly } from '../defined-only.ts';
import { attendRun, leaveInBackground } from './attend-run.ts';
import { checkBeforeRun } from './check-before-run.ts';
import { connectWithNotices } from './connect-with-notices.ts';
import { exitCodes } from './exit-codes.ts';
import { Interruptions } from './interruptions.ts';
import { noticeTeller, writeResult } from './output.ts';
import { resolveBeforeRun } from './resolve-before-run.ts';
import { onTaskQueue, placeRun, Serving } from './serving.ts';
import type { ResultOptions } from './show-result.ts';

/** A run as the command line asks for it, read and checked. */
export interface RunRequest {
  runId: string;
  /** An agent of the user's, or a signature. */
  agent: AnyAgentDefinition | string;
  /** All agents of the module of `--agents`. */
  agents: readonly AnyAgentDefinition[];
  inputs: Record<string, unknown>;
  model: string;
  subModel: string;
  limits: Partial<Limits>;
  instructions: string | undefined;
  workspace: WorkspaceInput | null;
  settings: Settings;
  options: ResultOptions & { detach?: boolean; config?: string; agents?: string };
}

/** Starts what is missing, then the run, and shows it to its end. Returns the exit code. */
export async function launchRun(request: RunRequest): Promise<number> {
  const { runId, agents, model, subModel, settings, options } = request;
  await checkBeforeRun([model, subModel], settings);
  const workspace = await resolveBeforeRun(request.workspace, settings, options);
  await using connection = await connectWithNotices(settings, options);
  const scripted = [model, subModel].some(isScripted);
  return await launch(connection, {
    ...{ runId, agents, scripted, options },
    start: (taskQueue) => start(request, workspace, connection, taskQueue),
  });
}

/** A run that can be started. */
export interface Launch {
  runId: string;
  agents: readonly AnyAgentDefinition[];
  scripted: boolean;
  options: RunRequest['options'];
  start(taskQueue: string): Promise<RunHandle<unknown>>;
}

/** Starts a run, with a worker where there is none, and shows it to its end. Returns the exit code. */
export async function launch(connection: RlmConnection, given: Launch): Promise<number> {
  const { runId, agents, scripted, options } = given;
  const { settings } = connection;
  const embedded = settings.temporal.address === null;
  const { taskQueue, needsWorker } = await placeRun(connection.client, {
    taskQueue: settings.temporal.taskQueue,
    runId,
    ownAgents: embedded && agents.length > 0,
  });
  if (options.detach) {
    await given.start(taskQueue);
    if (needsWorker) await leaveInBackground({ connection, runId, taskQueue, options });
    await writeResult(`${runId}\n`);
    return exitCodes.submitted;
  }
  await using serving = new Serving(connection, taskQueue, agents, noticeTeller(options));
  if (needsWorker) await serving.startWorker();
  using interruptions = new Interruptions();
  await using handle = await given.start(taskQueue);
  if (embedded) serving.standBy();
  return await attendRun({
    connection,
    serving,
    interruptions,
    handle,
    taskQueue,
    scripted,
    unasked: 'cancel',
    options,
  });
}

function start(
  request: RunRequest,
  workspace: WorkspaceInput | null,
  connection: RlmConnection,
  taskQueue: string,
): Promise<RunHandle<unknown>> {
  const { runId, agent, inputs, model, subModel, limits, instructions } = request;
  const settings = onTaskQueue(connection.settings, taskQueue);
  const options = { inputs, runId, model, subModel, limits, settings };
  // Either kind of agent is taken, but not declared as one.
  return startRun(connection.client, agent as AnyAgentDefinition, {
    ...options,
    ...definedOnly({ workspace: workspace ?? undefined, instructions }),
  });
}
