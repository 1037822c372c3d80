import type { RunHandle } from '../client/run-handle.ts';
import type { RlmConnection } from '../connection.ts';
import { startBackgroundWorker } from './background-worker.ts';
import { exitCodes } from './exit-codes.ts';
import { followToEnd } from './follow-to-end.ts';
import type { Interruptions } from './interruptions.ts';
import { say } from './output.ts';
import { openProgress, progressMode } from './progress.ts';
import type { Serving } from './serving.ts';
import { type ResultOptions, showResult } from './show-result.ts';

export interface AttendedRun {
  connection: RlmConnection;
  serving: Serving;
  interruptions: Interruptions;
  handle: RunHandle<unknown>;
  taskQueue: string;
  /** Whether a scripted model answers; null: the events will say. */
  scripted: boolean | null;
  /** What a signal means where nobody can be asked. */
  unasked: 'cancel' | 'leave';
  options: ResultOptions & { config?: string; agents?: string };
}

/** Shows a run until its end, then its result. Returns the exit code. */
export async function attendRun(run: AttendedRun): Promise<number> {
  const { connection, serving, interruptions, handle, options, scripted, unasked } = run;
  const webUi = webUiOf(connection, handle.runId);
  const mode = progressMode(options);
  if (webUi && (mode === 'plain' || mode === 'verbose')) say(`Web UI: ${webUi}`);
  const { store } = connection;
  const progress = await openProgress(mode, { runId: handle.runId, store, scripted, webUi });
  const ending = await endProgressAfter(progress, () =>
    followToEnd({ handle, progress, interruptions, failed: serving.failed, unasked }),
  );
  switch (ending.kind) {
    case 'ended':
      return await showResult(ending.document, options, webUi);
    case 'detach':
      if (serving.isOwn) {
        await serving[Symbol.asyncDispose]();
        await leaveInBackground({ connection, runId: handle.runId, taskQueue: run.taskQueue, options });
      }
      say(`run ${handle.runId} goes on in the background; get its result with: rlm result ${handle.runId}`);
      return exitCodes.submitted;
    case 'leave':
      say(`left run ${handle.runId}; it is finished by asking for its result: rlm result ${handle.runId}`);
      return exitCodes.cancelled;
  }
}

export interface RunInBackground {
  connection: RlmConnection;
  runId: string;
  taskQueue: string;
  options: { config?: string; agents?: string };
}

/** Leaves a worker behind that finishes the run. Where it cannot be started, the run is ended: nobody would serve it. */
export async function leaveInBackground({ connection, runId, taskQueue, options }: RunInBackground): Promise<void> {
  const { client, settings } = connection;
  const { config: configFile, agents: agentsFile } = options;
  try {
    await startBackgroundWorker({ dataDirectory: settings.dataDirectory, taskQueue, configFile, agentsFile });
  } catch (error) {
    await client.workflow.getHandle(runId).terminate('its worker did not start');
    throw error;
  }
}

/** Where the Web UI shows a run, when it is known where the Web UI is. */
export function webUiOf({ uiUrl, settings }: RlmConnection, runId: string): string | null {
  return uiUrl && `${uiUrl}/namespaces/${settings.temporal.namespace}/workflows/${encodeURIComponent(runId)}`;
}

async function endProgressAfter<T>(progress: Disposable, work: () => Promise<T>): Promise<T> {
  using _shown = progress;
  return await work();
}
