import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startRun } from '../../src/client/start-run.ts';
import { readRun } from '../../src/results/read-run.ts';
import type { RunDocument } from '../../src/results/run-document.ts';
import { checkHistories, historiesOf, historyJson } from './checks/histories.ts';
import { checkLeftovers } from './checks/leftovers.ts';
import { checkPrompts, checkTools } from './checks/prompts.ts';
import type { Moments, Plan } from './plan.ts';
import { readRequests } from './request-log.ts';
import { type Struck, strikeAll } from './strike.ts';
import { chaosAgent } from './workload/agent.ts';
import type { ChaosWorld } from './world.ts';

/** After so long a run counts as lost, in milliseconds. */
const lostAfterMs = 180_000;

/** What became of a run. */
export interface RunReport {
  plan: Plan;
  struck: Struck[];
  /** One line each; none: it passed. */
  problems: string[];
  answer: string | null;
  durationMs: number;
  /** Sandboxes that were built again. */
  recoveries: number;
  /** How often the model was asked, and how many sandboxes were begun. */
  moments: Moments;
  /** Prompts that were answered twice, as they were in flight at a strike. */
  askedTwice: number;
  /** Histories that were replayed. */
  histories: number;
}

/**
 * Runs the workload while the strikes of a plan happen to it, and checks what came of it.
 *
 * @param expected The answer of a run that nothing happens to; null for that run itself.
 */
export async function disturbedRun(world: ChaosWorld, plan: Plan, expected: string | null): Promise<RunReport> {
  const { client, settings, store } = world;
  const workers = await world.useWorkers(plan.workers);
  await world.beginRun();
  const startedAt = Date.now();
  const limits = { maxConcurrency: 10, timeout: lostAfterMs / 1_000 };
  const runId = `chaos-${plan.seed}-${startedAt}`;
  await startRun(client, chaosAgent(world.toolLog), { inputs: {}, settings, limits, runId });
  const runEnded = new AbortController();
  const striking = strikeAll(world, workers, plan.strikes, runEnded.signal);
  const ended = await endOf(world, runId);
  const durationMs = Date.now() - startedAt;
  runEnded.abort();
  const struck = await striking;

  const document = await readRun(store, runId);
  const requests = readRequests(world.requestLog);
  const prompts = checkPrompts(requests, struck);
  const histories = await historiesOf(client, runId);
  const problems = [
    ...(ended ? [] : [`it had not ended after ${lostAfterMs / 1_000} s`]),
    ...checkAnswer(document, expected),
    ...prompts.problems,
    ...checkTools(world.toolLog),
    ...(await checkLeftovers(world)),
    ...(await checkHistories(histories, world.workflowBundlePath)),
  ];
  if (problems.length > 0) {
    const directory = join(world.directory, 'histories');
    await mkdir(directory, { recursive: true });
    for (const kept of histories) {
      const name = `${encodeURIComponent(kept.workflowId)} ${kept.runId}.json`;
      await writeFile(join(directory, name), historyJson(kept));
    }
  }
  return {
    plan,
    struck,
    problems,
    answer: answerOf(document),
    durationMs,
    recoveries: document?.recoveries ?? 0,
    moments: world.moments,
    askedTwice: prompts.excused.length,
    histories: histories.length,
  };
}

/** Waits for the end of a run, whatever happens to the server that knows of it. */
async function endOf({ client }: ChaosWorld, runId: string): Promise<boolean> {
  const deadline = Date.now() + lostAfterMs + 30_000;
  while (Date.now() < deadline) {
    const status = await client.workflow
      .getHandle(runId)
      .describe()
      .then(
        (description) => description.status.name,
        () => 'UNKNOWN', // The server is away.
      );
    if (status !== 'RUNNING' && status !== 'UNKNOWN') return true;
    await setTimeout(50);
  }
  return false;
}

function answerOf(document: RunDocument | null): string | null {
  const answer = document?.output?.answer;
  return typeof answer === 'string' ? answer : null;
}

function checkAnswer(document: RunDocument | null, expected: string | null): string[] {
  if (document === null) return ['it left no results'];
  const answer = answerOf(document);
  if (document.status !== 'completed' || answer === null) {
    return [`it ${document.status}: ${document.error?.type}: ${document.error?.message}`];
  }
  if (expected !== null && answer !== expected) return [`another answer than undisturbed: ${answer}`];
  return [];
}
