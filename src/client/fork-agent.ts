import { setTimeout } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { readArchive } from '../activities/archive-iterations.ts';
import { readJournal } from '../activities/begin-fork.ts';
import { joinArchives } from '../agent/archive.ts';
import type { Fork } from '../agent/fork.ts';
import { type Journal, OpenJournal } from '../agent/journal.ts';
import type { LimitsInput } from '../agent/limits.ts';
import { journalQuery, parentOf } from '../agent/names.ts';
import { taskOf } from '../agent/task-of.ts';
import { openArtifactStore } from '../artifacts/open-store.ts';
import type { ArtifactReference, ArtifactStore } from '../artifacts/store.ts';
import { loadSettings } from '../config/load-settings.ts';
import type { Settings } from '../config/settings.ts';
import { UsageError } from '../errors.ts';
import { readAgent } from '../results/read-run.ts';
import type { RunHandle } from './run-handle.ts';
import { checkedRunId, newRunId } from './run-id.ts';
import { runMemo } from './run-memo.ts';
import { checkedChanges, startRoot } from './start-root.ts';
import { storingClient } from './storing-client.ts';

/** What may differ in a fork; all else is as its source had it. */
export interface ForkOptions {
  /** Default: fork_YYYYMMDD_HHMMSS and a few random characters. */
  runId?: string;
  /** `provider/name`. */
  model?: string;
  /** Serves `llm_query*`. */
  subModel?: string;
  /** What else the model is told, at most 200,000 characters. */
  instructions?: string;
  /** Counted from the beginning of the source: with `maxIterations: 60`, one forked after 50 has 10 more. */
  limits?: LimitsInput;
  /** Where the source's journal is and which task queue is used. Default: from the environment, `.env` and `./config.yaml`. */
  settings?: Settings;
}

/** A fork that can be started: its source has so many iterations, and a call to be made anew is one of its. */
export interface PlannedFork {
  fork: Fork;
  journal: Journal;
}

/**
 * Starts a new run that begins after an iteration of an agent, with the same conversation and kernel, and pays for nothing
 * again. Throws `UsageError` for an agent that is not known, an iteration that it has not, or a run id that is taken.
 *
 * @param options.after The last iteration that is taken over; 0 is none. Default: the last that has ended.
 */
export async function forkAgent(
  client: Client,
  agentId: string,
  { after, ...options }: ForkOptions & { after?: number },
): Promise<RunHandle<Record<string, unknown>>> {
  const settings = options.settings ?? loadSettings();
  return startFork(client, await planFork(client, settings, agentId, after), { ...options, settings });
}

/** Checks a fork. Throws `UsageError` for an agent that is not known, or an iteration that it has not. */
export async function planFork(
  client: Client,
  settings: Settings,
  agentId: string,
  after?: number,
): Promise<PlannedFork> {
  const store = openArtifactStore(settings);
  const { reference, journal } = await journalOf(client, store, agentId);
  const ended = journal.iterations.filter(({ cell, index }) => cell !== null || !hasCode(journal, index)).length;
  const at = after ?? ended;
  if (!Number.isInteger(at) || at < 0 || at > ended) {
    throw new UsageError(`${agentId} has ended ${ended} iterations; it can be forked after 0 to ${ended}, not ${at}`);
  }
  return { fork: { source: agentId, journal: reference, after: at }, journal };
}

/**
 * Plans a fork of a sub-agent's parent in which that sub-agent's task alone is done anew: what became of it otherwise, and
 * everything before, is taken over. Throws `UsageError` where that cannot be.
 */
export async function planRetry(client: Client, settings: Settings, agentId: string): Promise<PlannedFork> {
  const parent = parentOf(agentId);
  if (parent === null)
    throw new UsageError(`${agentId} is a run, not a sub-agent: fork it with "rlm fork ${agentId} --at 0"`);
  const store = openArtifactStore(settings);
  const { reference, journal } = await journalOf(client, store, parent);
  const iteration = journal.iterations.find(({ calls }) => calls.some(({ agents }) => agents?.includes(agentId)));
  if (!iteration) throw new UsageError(`no call of ${parent} started ${agentId}`);
  return { fork: { source: parent, journal: reference, after: iteration.index - 1, again: agentId }, journal };
}

/** Starts a planned fork. Throws `UsageError` when the run id is taken. */
export async function startFork(
  client: Client,
  { fork, journal }: PlannedFork,
  options: ForkOptions & { settings: Settings },
): Promise<RunHandle<Record<string, unknown>>> {
  const { settings } = options;
  const { prepared } = journal;
  const changes = checkedChanges(options);
  const task = `fork of ${fork.source} after ${fork.after}: ${taskOf(prepared)}`;
  return startRoot(client, openArtifactStore(settings), {
    runId: checkedRunId(options.runId ?? newRunId('fork')),
    taskQueue: settings.temporal.taskQueue,
    given: { fork, ...changes },
    signature: prepared.signature,
    memo: runMemo(task, changes.model ?? prepared.model),
    outputs: null,
    whenTaken: 'choose another id',
  });
}

function hasCode({ codes }: Journal, iteration: number): boolean {
  return codes.some(([index]) => index === iteration);
}

/** What an agent did: as its record has it, or, while it runs, as its workflow tells. */
async function journalOf(
  client: Client,
  store: ArtifactStore,
  agentId: string,
): Promise<{ reference: ArtifactReference; journal: Journal }> {
  const open = await askForJournal(storingClient(client, store), agentId);
  if (open) {
    const { archive, ...rest } = open;
    const journal: Journal = { ...rest, ...joinArchives(await readArchive(store, archive), rest) };
    return { reference: await store.put(Buffer.from(JSON.stringify(journal))), journal };
  }
  const record = await readAgent(store, agentId);
  if (!record) throw new UsageError(`there is no agent ${agentId}; "rlm list" shows the runs`);
  const { journal: reference } = record;
  if (!reference) throw new UsageError(`${agentId} was recorded by a version whose runs cannot be forked`);
  return { reference, journal: await readJournal(store, reference) };
}

/** How long an agent that has just begun is waited for, and how often it is asked meanwhile, in milliseconds. */
const beginningMs = 10_000;
const askAgainMs = 200;

/** What an agent that runs remembers; null where it does not run. */
async function askForJournal(client: Client, agentId: string): Promise<OpenJournal | null> {
  const handle = client.workflow.getHandle(agentId);
  const deadline = Date.now() + beginningMs;
  try {
    for (;;) {
      const { status } = await handle.describe();
      if (status.name !== 'RUNNING') return null;
      const journal = OpenJournal.nullable().parse(await handle.query(journalQuery));
      if (journal) return journal;
      if (Date.now() > deadline) throw new UsageError(`${agentId} has not begun yet; fork it when it has`);
      await setTimeout(askAgainMs);
    }
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
