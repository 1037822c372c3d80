import { ApplicationFailure } from '@temporalio/workflow';
import { type CellEnd, type IterationRecord, summarizeCalls } from '../agent/cell.ts';
import type { ModelTurn, Turn } from '../agent/turn.ts';
import type { StoredValue } from '../artifacts/stored-value.ts';
import type { BudgetLeft } from '../prompts/budget-footer.ts';
import { account } from './account.ts';
import { anywhere } from './activities.ts';
import { giveUpCell, mostLossesOfCell, type PausedCell, runCell } from './cell.ts';
import { askCompactedIfTooLong, makeRoom, withinWindow } from './compaction.ts';
import { continuation, isQuiet } from './continuation.ts';
import { whilePaused } from './control.ts';
import { showProgress } from './details.ts';
import { fullHistory } from './history.ts';
import { replaceKernel, surviving } from './recovery.ts';
import { type RunningAgent, softDeadlineOf } from './running-agent.ts';

/** What an agent does next: ask its model, or run the cell that it replied with. */
export type NextStep =
  /** `withoutCode`: how many replies in a row held no code. */
  | { kind: 'think'; turn: Turn; withoutCode: number }
  /** `paused`: the cell runs already. */
  | { kind: 'run'; iteration: IterationRecord; code: StoredValue; paused: PausedCell | null };

/** How the loop ended: with a valid submission, at a limit, or to be continued by another execution of the workflow. */
export type LoopEnd =
  | { kind: 'submitted'; output: StoredValue }
  | { kind: 'limit'; reason: string }
  | { kind: 'continued'; next: NextStep };

/** That many replies without code in a row are worth naming in the results. */
const remarkableReplies = 3;

/** What an agent begins with. */
export function firstStep(agent: RunningAgent): NextStep {
  const { prepared, depth } = agent;
  return { kind: 'think', turn: { kind: 'first', prepared, depth, budget: budgetLeft(agent) }, withoutCode: 0 };
}

/** Asks the model, runs its code, shows it what happened, until it submits or a limit is reached. */
export async function iterate(agent: RunningAgent, first: NextStep): Promise<LoopEnd> {
  for (let next = first; ; ) {
    if (next.kind === 'think') {
      agent.unseen = next.turn;
      await whilePaused(agent);
      const reason = await reachedLimit(agent);
      if (reason !== null) return { kind: 'limit', reason };
      if (continuation(agent) !== 'no' && isQuiet(agent)) return { kind: 'continued', next };
      const full = await makeRoom(agent, next.turn);
      if (full !== null) return { kind: 'limit', reason: full };
      const thought = await think(agent, next);
      if (thought.kind === 'limit') return thought;
      next = thought;
    } else {
      const ran = await run(agent, next);
      if (ran.kind !== 'think') return ran;
      next = ran;
    }
    if (next.kind === 'think') showProgress(agent);
  }
}

async function think(
  agent: RunningAgent,
  { turn, withoutCode }: Extract<NextStep, { kind: 'think' }>,
): Promise<NextStep | Extract<LoopEnd, { kind: 'limit' }>> {
  agent.iteration += 1;
  agent.childrenOfIteration = 0;
  const startedAt = Date.now();
  const asked = await askCompactedIfTooLong(agent, turn, ask);
  if (asked.kind === 'limit') return asked;
  const { reply, transcript } = asked.value;
  const iteration = remember(agent, startedAt, transcript);
  if (reply.kind === 'code') {
    agent.codes.set(iteration.index, reply.code);
    return { kind: 'run', iteration, code: reply.code, paused: null };
  }
  if (withoutCode + 1 === remarkableReplies) {
    agent.remarks.push(`${remarkableReplies} replies in a row held no code to run, up to iteration ${agent.iteration}`);
  }
  const languages = reply.kind === 'other-language' ? reply.languages : [];
  const reminder: Turn = { kind: 'reminder', reason: reply.kind, languages, budget: budgetLeft(agent) };
  return { kind: 'think', turn: reminder, withoutCode: withoutCode + 1 };
}

async function run(
  agent: RunningAgent,
  step: Extract<NextStep, { kind: 'run' }>,
): Promise<LoopEnd | Extract<NextStep, { kind: 'think' }>> {
  agent.phase = 'running';
  const { iteration, code } = step;
  let { paused } = step;
  let losses = -1;
  const ran = await surviving(agent, () => {
    losses += 1;
    if (losses === mostLossesOfCell) return giveUpCell(iteration);
    // In a sandbox that was built again, the cell begins anew.
    const from = paused;
    paused = null;
    return runCell(agent, iteration, code, from);
  });
  if (ran.kind === 'paused') return { kind: 'continued', next: { ...step, paused: ran.paused } };
  const { end } = ran;
  if (end.submitted) return { kind: 'submitted', output: end.submitted };
  if (end.status === 'kernel-died') await replaceKernel(agent);
  return stepAfter(agent, iteration);
}

async function ask(agent: RunningAgent, turn: Turn): Promise<ModelTurn> {
  agent.phase = 'thinking';
  const { lineage, iteration, transcript, prepared } = agent;
  const told = [...agent.told];
  const reply = await anywhere.callModel.executeWithOptions({ summary: `iteration ${iteration}: model` }, [
    { lineage, iteration, model: prepared.model, transcript, turn: withinWindow(turn, agent), told },
  ]);
  // Those that came meanwhile, and all of them where the model did not get this, wait for the next.
  agent.told = agent.told.slice(told.length);
  agent.unseen = null;
  agent.transcript = reply.transcript;
  agent.contextTokens = reply.contextTokens ?? 0;
  account(agent, reply.usage);
  return reply;
}

/** What follows an iteration that has ended: the model is shown what it did. */
export function stepAfter(agent: RunningAgent, iteration: IterationRecord): Extract<NextStep, { kind: 'think' }> {
  const { cell } = iteration;
  const turn: Turn =
    cell === null
      ? { kind: 'reminder', reason: 'no-code', languages: [], budget: budgetLeft(agent) }
      : observation(agent, cell, iteration);
  return { kind: 'think', turn, withoutCode: 0 };
}

/** Takes up the iteration as soon as there is a reply: that is paid for, whatever becomes of its code. */
function remember(agent: RunningAgent, startedAt: number, transcript: ModelTurn['transcript']): IterationRecord {
  const durationMs = Date.now() - startedAt;
  const iteration: IterationRecord = {
    index: agent.iteration,
    startedAt,
    durationMs,
    modelMs: durationMs,
    transcript,
    cell: null,
    calls: [],
  };
  agent.usage = { ...agent.usage, iterations: agent.usage.iterations + 1 };
  agent.iterations.push(iteration);
  return iteration;
}

function observation(agent: RunningAgent, end: CellEnd, { calls, earlierCalls = [] }: IterationRecord): Turn {
  const notes = agent.notes;
  agent.notes = [];
  return {
    kind: 'observation',
    output: end.output,
    outputLimit: agent.prepared.limits.outputLimit,
    calls: summarizeCalls([...earlierCalls, ...calls]),
    notes: [...new Set(notes)],
    budget: budgetLeft(agent),
  };
}

async function reachedLimit(agent: RunningAgent): Promise<string | null> {
  const { maxIterations, maxCostUsd } = agent.prepared.limits;
  const full = fullHistory();
  if (full !== null) return full;
  if (agent.iteration >= maxIterations) return `maxIterations: ${maxIterations} model replies`;
  if (maxCostUsd !== null && agent.usage.costUsd === null) {
    throw ApplicationFailure.nonRetryable(
      `maxCostUsd cannot be kept: the price of ${agent.prepared.model} or ${agent.prepared.subModel} is unknown; add it to model.prices in the config file`,
      'InvalidArguments',
    );
  }
  return agent.budget.refusal();
}

/** What the model is told of its budget. */
export function budgetLeft(agent: RunningAgent): BudgetLeft {
  const { tokens, costUsd, sandboxes } = agent.budget.left();
  return {
    iterationsLeft: agent.prepared.limits.maxIterations - agent.iteration,
    llmCallsLeft: agent.llmCallsLeft,
    sandboxesLeft: sandboxes,
    tokensLeft: tokens,
    costUsdLeft: costUsd,
    secondsLeft: Math.max(0, Math.round((softDeadlineOf(agent) - Date.now()) / 1_000)),
  };
}
