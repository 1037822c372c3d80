import { ApplicationFailure } from '@temporalio/workflow';
import type { CallRecord, CellEnd, IterationRecord } from '../agent/cell.ts';
import { addModelUsage } from '../agent/sum-usage.ts';
import type { ModelTurn, Turn } from '../agent/turn.ts';
import type { ModelUsage } from '../agent/usage.ts';
import type { StoredValue } from '../artifacts/stored-value.ts';
import type { BudgetLeft } from '../prompts/budget-footer.ts';
import { anywhere } from './activities.ts';
import { executeCell } from './cell.ts';
import { showProgress } from './details.ts';
import { fullHistory } from './history.ts';
import { startNewKernel } from './open-sandbox.ts';
import { surviving } from './recovery.ts';
import type { RunningAgent } from './running-agent.ts';

/** How the loop ended: with a valid submission, or at a limit. */
export type LoopEnd = { kind: 'submitted'; output: StoredValue } | { kind: 'limit'; reason: string };

/** That many replies without code in a row are worth naming in the results. */
const remarkableReplies = 3;

/** Asks the model, runs its code, shows it what happened, until it submits or a limit is reached. */
export async function iterate(agent: RunningAgent): Promise<LoopEnd> {
  let turn: Turn = { kind: 'first', prepared: agent.prepared, depth: agent.depth, budget: budgetLeft(agent) };
  let withoutCode = 0;
  for (;;) {
    const reason = await reachedLimit(agent);
    if (reason !== null) return { kind: 'limit', reason };
    agent.iteration += 1;
    agent.childrenOfIteration = 0;
    const startedAt = Date.now();

    const { reply, transcript } = await think(agent, turn);
    const iteration = remember(agent, startedAt, transcript);
    if (reply.kind === 'code') {
      withoutCode = 0;
      agent.phase = 'running';
      const { code } = reply;
      const end = await surviving(agent, () => executeCell(agent, iteration, code));
      agent.journal.push({ iteration, code });
      if (end.submitted) return { kind: 'submitted', output: end.submitted };
      if (end.status === 'kernel-died') await surviving(agent, () => startNewKernel(agent));
      turn = observation(agent, end, iteration.calls);
    } else {
      withoutCode += 1;
      if (withoutCode === remarkableReplies) {
        agent.remarks.push(
          `${remarkableReplies} replies in a row held no code to run, up to iteration ${agent.iteration}`,
        );
      }
      const languages = reply.kind === 'other-language' ? reply.languages : [];
      turn = { kind: 'reminder', reason: reply.kind, languages, budget: budgetLeft(agent) };
    }
    showProgress(agent);
  }
}

async function think(agent: RunningAgent, turn: Turn): Promise<ModelTurn> {
  agent.phase = 'thinking';
  const { lineage, iteration, transcript, prepared } = agent;
  const reply = await anywhere.callModel.executeWithOptions({ summary: `iteration ${iteration}: model` }, [
    { lineage, iteration, model: prepared.model, transcript, turn },
  ]);
  agent.transcript = reply.transcript;
  account(agent, reply.usage);
  return reply;
}

/** Counts a call of the agent's own model. */
export function account(agent: RunningAgent, usage: ModelUsage): void {
  agent.usage = { ...agent.usage, ...addModelUsage(agent.usage, usage), modelCalls: agent.usage.modelCalls + 1 };
  agent.budget.spend(usage);
}

/** Takes up the iteration as soon as there is a reply: that is paid for, whatever becomes of its code. */
function remember(agent: RunningAgent, startedAt: number, transcript: ModelTurn['transcript']): IterationRecord {
  const durationMs = Date.now() - startedAt;
  const iteration: IterationRecord = {
    index: agent.iteration,
    startedAt,
    durationMs,
    transcript,
    cell: null,
    calls: [],
  };
  agent.usage = { ...agent.usage, iterations: agent.usage.iterations + 1 };
  agent.iterations.push(iteration);
  return iteration;
}

function observation(agent: RunningAgent, end: CellEnd, calls: CallRecord[]): Turn {
  const notes = agent.notes;
  agent.notes = [];
  if (end.status === 'kernel-died') {
    notes.push(
      'a new Python process was started: the inputs are back, variables and imports of earlier cells are gone',
    );
  }
  return {
    kind: 'observation',
    output: end.output,
    outputLimit: agent.prepared.limits.outputLimit,
    calls: summarize(calls),
    notes: [...new Set(notes)],
    budget: budgetLeft(agent),
  };
}

/** One line a function: a cell may have made thousands of calls. */
function summarize(calls: CallRecord[]): { function: string; count: number; failed: number }[] {
  const byFunction = new Map<string, { function: string; count: number; failed: number }>();
  for (const call of calls) {
    const sum = byFunction.get(call.function) ?? { function: call.function, count: 0, failed: 0 };
    sum.count += call.count;
    sum.failed += call.failed;
    byFunction.set(call.function, sum);
  }
  return [...byFunction.values()];
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
    secondsLeft: Math.max(0, Math.round((agent.softDeadline - Date.now()) / 1_000)),
  };
}
