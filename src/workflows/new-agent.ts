import { workflowInfo } from '@temporalio/workflow';
import type { AgentArguments, PreparedAgent } from '../agent/agent-arguments.ts';
import { newUsage } from '../agent/sum-usage.ts';
import { type CarriedAgent, takenOver } from './continuation.ts';
import { softDeadline } from './deadline.ts';
import { LeasedBudget } from './leased-budget.ts';
import { RootBudget } from './root-budget.ts';
import type { RunningAgent } from './running-agent.ts';
import { Slots } from './slots.ts';

/** What an agent's workflow remembers at its beginning, or where its earlier execution left off. */
export function newAgent(
  prepared: PreparedAgent,
  place: AgentArguments['place'],
  carried: CarriedAgent | null,
): RunningAgent {
  const { workflowId, firstExecutionRunId, startTime } = workflowInfo();
  const startedAt = carried?.startedAt ?? startTime.getTime();
  const { limits } = prepared;
  const deadline = place?.deadline ?? startedAt + limits.timeout * 1_000;
  const runId = place?.runId ?? workflowId;
  return {
    agentId: workflowId,
    runId,
    lineage: firstExecutionRunId,
    depth: place?.depth ?? 0,
    startedAt,
    deadline,
    softDeadline: softDeadline(startedAt, deadline),
    prepared,
    patch: null,
    budget: place
      ? new LeasedBudget(workflowId, runId, place.lease, carried?.budget)
      : new RootBudget(workflowId, limits, carried?.budget),
    slots: new Slots(limits.maxConcurrency),
    open: null,
    nearby: true,
    phase: 'starting',
    iteration: 0,
    llmCallsLeft: limits.maxLlmCalls,
    transcript: null,
    contextTokens: 0,
    contextWindow: prepared.contextWindow ?? null,
    compactions: [],
    iterations: [],
    archive: null,
    usage: newUsage(place?.depth ?? 0),
    childUsage: [],
    children: [],
    openChildren: new Map(),
    childrenOfIteration: 0,
    codes: new Map(),
    delivered: new Map(),
    recoveries: 0,
    kernelRecoveries: 0,
    earlier: [],
    suggestedAt: null,
    leaving: new Set(),
    remarks: [],
    unseen: null,
    notes: [],
    told: [],
    pausedAt: null,
    pausedMs: 0,
    ...(carried ? takenOver(carried) : {}),
  };
}
