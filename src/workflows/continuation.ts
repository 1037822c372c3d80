import { workflowInfo } from '@temporalio/workflow';
import { joinArchives } from '../agent/archive.ts';
import { type IterationRecord, summarizeCalls } from '../agent/cell.ts';
import type { Delivered } from '../agent/delivered.ts';
import { addUsage } from '../agent/sum-usage.ts';
import { briefUntil } from './activities.ts';
import type { BudgetState } from './budget.ts';
import type { NextStep } from './loop.ts';
import { archiveOf, type RunningAgent, softDeadlineOf } from './running-agent.ts';

const carriedAsTheyAre = [
  'startedAt',
  'prepared',
  'open',
  'nearby',
  'iteration',
  'llmCallsLeft',
  'transcript',
  'contextTokens',
  'contextWindow',
  'compactions',
  'usage',
  'children',
  'childrenOfIteration',
  'recoveries',
  'kernelRecoveries',
  'earlier',
  'remarks',
  'notes',
  'told',
  'pausedAt',
  'pausedMs',
] as const satisfies (keyof RunningAgent)[];

/**
 * What an agent's next execution goes on from, as plain values: what it knew, but for what its iterations left, which is
 * in the archive.
 */
export interface CarriedAgent extends Pick<RunningAgent, (typeof carriedAsTheyAre)[number] | 'archive' | 'childUsage'> {
  budget: BudgetState;
  next: NextStep;
  /** Answers that a cell, which runs again in another sandbox, has not had again yet. */
  delivered: [string, Delivered][];
}

/** So much longer than when Temporal first suggested it may a history become before the agent is brought to rest. */
const patience = 1.5;

/** Sub-agents do not follow their parent, so it waits for them; from so many events on it answers no new call until then. */
const mostEventsWithChildren = 20_000;

/**
 * Whether another execution should go on in place of this one. `at-once`: nothing new is begun before, because an agent
 * with many threads may never come to rest by itself.
 */
export function continuation(agent: RunningAgent): 'no' | 'when-quiet' | 'at-once' {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  if (!continueAsNewSuggested) return 'no';
  agent.suggestedAt ??= historyLength;
  if (agent.openChildren.size > 0) return historyLength > mostEventsWithChildren ? 'at-once' : 'no';
  return historyLength > agent.suggestedAt * patience ? 'at-once' : 'when-quiet';
}

/** Whether nothing is under way whose end only this execution would hear of. */
export function isQuiet({ openChildren, leaving, budget }: RunningAgent): boolean {
  return openChildren.size === 0 && leaving.size === 0 && budget.isQuiet();
}

/** Puts aside what the next execution need not know, and returns the rest. */
export async function carryOver(agent: RunningAgent, next: NextStep): Promise<CarriedAgent> {
  const summary = 'put the iterations aside';
  const archive = await briefUntil(softDeadlineOf(agent)).archiveIterations.executeWithOptions({ summary }, [
    { previous: agent.archive, ...archiveOf(agent) },
  ]);
  const { budget, childUsage, delivered } = agent;
  return {
    ...pick(agent, carriedAsTheyAre),
    archive,
    childUsage: childUsage.length > 0 ? [childUsage.reduce(addUsage)] : [],
    budget: budget.state(),
    delivered: next.kind === 'run' ? stillAwaited(delivered, next) : [],
    next: next.kind === 'run' ? { ...next, iteration: withoutCalls(next.iteration) } : next,
  };
}

function pick<T, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
}

function stillAwaited(
  delivered: ReadonlyMap<string, Delivered>,
  { iteration, paused }: Extract<NextStep, { kind: 'run' }>,
): [string, Delivered][] {
  const answered = new Set(iteration.calls.filter(({ status }) => status !== 'cancelled').map(({ callId }) => callId));
  // A known call may have been answered before the sandbox was lost, and be made once more.
  for (const callId of paused?.known ?? []) answered.delete(callId);
  return [...delivered].filter(([callId]) => callId.startsWith(`${iteration.index}:`) && !answered.has(callId));
}

/** What the next execution begins with. */
export function takenOver({ budget: _budget, next, delivered, ...carried }: CarriedAgent): Partial<RunningAgent> {
  // Executions that began before these were carried over have none.
  return { ...carried, iterations: next.kind === 'run' ? [next.iteration] : [], delivered: new Map(delivered ?? []) };
}

function withoutCalls(iteration: IterationRecord): IterationRecord {
  const { calls, earlierCalls = [] } = iteration;
  return { ...iteration, calls: [], earlierCalls: summarizeCalls([...earlierCalls, ...calls]) };
}

/** Takes up again what earlier executions put aside, as a kernel is rebuilt from all the cells that there were. */
export async function recollect(agent: RunningAgent): Promise<void> {
  const { archive } = agent;
  if (archive === null) return;
  const summary = 'take up the earlier iterations';
  const earlier = await briefUntil(softDeadlineOf(agent)).readArchive.executeWithOptions({ summary }, [{ archive }]);
  const { iterations, codes, delivered } = joinArchives(earlier, archiveOf(agent));
  const current = agent.iterations.at(-1);
  const joined = iterations.at(-1);
  // The iteration under way is known to the loop by identity.
  if (current && joined) iterations[iterations.length - 1] = Object.assign(current, joined, { earlierCalls: [] });
  agent.iterations = iterations;
  agent.codes = new Map(codes);
  agent.delivered = new Map(delivered);
  agent.archive = null;
}
