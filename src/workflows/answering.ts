import { CancellationScope } from '@temporalio/workflow';
import type { FurtherQuery } from '../activities/answer-queries.ts';
import { isQueryFunction, isSubAgentFunction } from '../agent/call-functions.ts';
import type { Call, CellProgress } from '../agent/cell.ts';
import type { Delivered } from '../agent/delivered.ts';
import { promptRanges } from '../agent/prompt-ranges.ts';
import { addModelUsage } from '../agent/sum-usage.ts';
import type { ModelUsage } from '../agent/usage.ts';
import { hostTimes } from './activities.ts';
import { atSandbox } from './at-sandbox.ts';
import { whilePaused } from './control.ts';
import { type Answered, deliver, refuse } from './delivery.ts';
import { isFailureOf, readableFailure } from './failures.ts';
import { fullHistory } from './history.ts';
import type { RunningAgent } from './running-agent.ts';
import { cellInput, type RunningCell, recordCall } from './running-cell.ts';
import { runSubAgents } from './sub-agents.ts';

/**
 * Answers one call of the running cell. With `thenAfter`, the activity that hands over the answer also waits for the
 * cell's next events, which saves a sequential call half its time.
 */
export async function answerCall(
  agent: RunningAgent,
  cell: RunningCell,
  call: Call,
  thenAfter: number | null,
): Promise<CellProgress | null> {
  cell.open.set(call.callId, { call, startedAt: Date.now() });
  try {
    const { progress, ...answered } = await dispatch(agent, cell, call, thenAfter);
    recordCall(cell, call.callId, answered);
    return progress;
  } catch (error) {
    recordCall(cell, call.callId, { status: 'cancelled', failed: call.count });
    throw error;
  }
}

function dispatch(agent: RunningAgent, cell: RunningCell, call: Call, thenAfter: number | null): Promise<Answered> {
  const delivered = agent.delivered.get(call.callId);
  if (delivered && isWhole(delivered, call)) return deliverKept(agent, cell, call, delivered, thenAfter);
  const full = fullHistory();
  if (full !== null) return refuse(agent, cell, call, `no call is answered any more: ${full}`, thenAfter);
  if (isQueryFunction(call.function)) return answerQuery(agent, cell, call, thenAfter);
  if (isSubAgentFunction(call.function)) {
    const { maxDepth } = agent.prepared.limits;
    if (maxDepth === null || agent.depth < maxDepth) return answerBySubAgents(agent, cell, call, thenAfter);
    if (agent.prepared.workspace !== null) {
      // A plain query knows nothing of the repository.
      const message = `no sub-agent is started at depth ${agent.depth}: maxDepth ${maxDepth} is reached; do this part yourself`;
      return refuse(agent, cell, call, message, thenAfter);
    }
    agent.notes.push(`${call.function} was answered by a plain model query: maxDepth ${maxDepth} is reached`);
    return answerQuery(agent, cell, call, thenAfter);
  }
  return answerByTool(agent, cell, call, thenAfter);
}

async function answerQuery(
  agent: RunningAgent,
  cell: RunningCell,
  call: Call,
  thenAfter: number | null,
): Promise<Answered> {
  if (cell.known.has(call.callId)) {
    // Every answer is kept: nothing is asked, and nothing counted.
    return agent.slots.hold(call.count, (held) => askQueries(agent, cell, call, held, thenAfter));
  }
  await whilePaused(agent);
  const { maxLlmCalls } = agent.prepared.limits;
  if (call.count > agent.llmCallsLeft) {
    const message = `${call.count} prompt(s) asked for, ${agent.llmCallsLeft} of ${maxLlmCalls} left (maxLlmCalls)`;
    return refuse(agent, cell, call, message, thenAfter);
  }
  // Reserved before anything is awaited, so that calls from several threads cannot overspend it.
  agent.llmCallsLeft -= call.count;
  const refusal = await agent.budget.refusal();
  if (refusal !== null) {
    agent.llmCallsLeft += call.count;
    return refuse(agent, cell, call, `no model call starts any more: ${refusal}`, thenAfter);
  }
  agent.usage = { ...agent.usage, subQueries: agent.usage.subQueries + call.count };
  try {
    return await agent.slots.hold(call.count, (held) => askQueries(agent, cell, call, held, thenAfter));
  } catch (error) {
    if (isFailureOf(error, 'SandboxLost')) {
      // The cell is run again, and makes this call again.
      agent.llmCallsLeft += call.count;
      agent.usage = { ...agent.usage, subQueries: agent.usage.subQueries - call.count };
    }
    throw error;
  }
}

async function askQueries(
  agent: RunningAgent,
  cell: RunningCell,
  call: Call,
  held: number,
  thenAfter: number | null,
): Promise<Answered> {
  const isKnown = cell.known.has(call.callId);
  const ranges = promptRanges(call.count);
  const allowance = agent.budget.allowance();
  const share = <N extends number | null>(amount: N) => (amount === null ? null : (amount as number) / ranges.length);
  const asking = await Promise.allSettled(
    ranges.map(async ({ from, to }) => {
      const part = await atSandbox(agent, hostTimes.query, (activities) =>
        activities.answerQueries.executeWithOptions({ summary: summarize(call.function, to - from) }, [
          {
            ...cellInput(agent, cell),
            lineage: agent.lineage,
            earlier: earlierOf(agent, cell),
            call: { callId: call.callId, function: call.function, arguments: call.arguments },
            model: agent.prepared.subModel,
            from,
            to,
            concurrency: Math.max(1, Math.floor(held / ranges.length)),
            allowance: { tokens: share(allowance.tokens), costUsd: share(allowance.costUsd) },
            thenAfter: ranges.length === 1 ? thenAfter : null,
            furtherQueries: agent.llmCallsLeft,
          },
        ]),
      );
      if (!isKnown) spend(agent, part.usage);
      for (const further of part.further) takeUp(agent, cell, further);
      return part;
    }),
  );
  // Where one part lost its sandbox, the others were waited for: what they paid for is kept for the next.
  const lost = asking.find((part) => part.status === 'rejected');
  if (lost) throw lost.reason;
  const answered = asking.flatMap((part) => (part.status === 'fulfilled' ? [part.value] : []));
  const failed = answered.reduce((sum, part) => sum + part.failed, 0);
  const progress = answered.map((part) => part.progress).find((one) => one !== null) ?? null;
  const durationMs = Math.max(...answered.map((part) => part.durationMs));
  return { status: failed === call.count ? 'error' : 'ok', failed, progress, durationMs };
}

function spend(agent: RunningAgent, usage: ModelUsage): void {
  agent.usage = { ...agent.usage, ...addModelUsage(agent.usage, usage) };
  agent.budget.spend(usage);
}

/** Counts a query that was answered without a word to the workflow, unless it was counted when the cell ran before. */
function takeUp(agent: RunningAgent, cell: RunningCell, { call, usage }: FurtherQuery): void {
  if (cell.known.has(call.callId)) return;
  cell.records.push(call);
  agent.llmCallsLeft -= 1;
  agent.usage = { ...agent.usage, subQueries: agent.usage.subQueries + 1 };
  spend(agent, usage);
}

async function answerByTool(
  agent: RunningAgent,
  cell: RunningCell,
  call: Call,
  thenAfter: number | null,
): Promise<Answered> {
  const tool = agent.prepared.tools.find((one) => one.name === call.function);
  if (!tool) return refuse(agent, cell, call, `there is no function ${call.function} here`, thenAfter);
  const times = {
    // The poll for the next events comes on top of the tool's own time.
    startToCloseTimeout: `${tool.timeoutSeconds + 30} seconds`,
    // The activity begins a tool that is not idempotent once; what it returned is handed over by any attempt.
    maximumAttempts: 3,
  } as const;
  return agent.slots.hold(1, async () => {
    const { callId } = call;
    try {
      const { failed, progress } = await atSandbox(agent, times, (activities) =>
        activities.callTool.executeWithOptions({ summary: `tool ${tool.name}` }, [
          {
            ...cellInput(agent, cell),
            lineage: agent.lineage,
            earlier: earlierOf(agent, cell),
            call: { callId, function: call.function, arguments: call.arguments },
            timeoutMs: tool.timeoutSeconds * 1_000,
            thenAfter,
          },
        ]),
      );
      return { status: failed ? 'error' : 'ok', failed: failed ? 1 : 0, progress };
    } catch (error) {
      if (CancellationScope.current().consideredCancelled || isFailureOf(error, 'SandboxLost')) throw error;
      return refuse(agent, cell, call, `${tool.name} failed: ${readableFailure(error)}`, thenAfter, 'error');
    }
  });
}

async function answerBySubAgents(
  agent: RunningAgent,
  cell: RunningCell,
  call: Call,
  thenAfter: number | null,
): Promise<Answered> {
  // Of a fork, some sub-agents of the call have answered already.
  const kept = agent.delivered.get(call.callId)?.items ?? [];
  const missing = (call.tasks ?? [])
    .map((task, index) => ({ task, index }))
    .filter(({ index }) => !kept.some((item) => 'index' in item && item.index === index));
  const outcome = await runSubAgents(agent, call, missing);
  if (outcome.kind === 'refused') return refuse(agent, cell, call, outcome.message, thenAfter);
  const delivered = { items: [...kept, ...outcome.items], agents: outcome.agents };
  agent.delivered.set(call.callId, delivered);
  return deliverKept(agent, cell, call, delivered, thenAfter);
}

function isWhole({ items }: Delivered, { count }: Call): boolean {
  return items.length === count || items.some((item) => item.kind === 'refused');
}

/** Hands over an answer that the workflow keeps for the case that the cell is run again. */
async function deliverKept(
  agent: RunningAgent,
  cell: RunningCell,
  call: Call,
  { items, agents }: Delivered,
  thenAfter: number | null,
): Promise<Answered> {
  const progress = await deliver(agent, cell, call, items, thenAfter);
  const failed = items.filter((item) => 'error' in item).length;
  const status = failed === call.count ? 'error' : 'ok';
  return { status, failed, progress, ...(agents ? { agents } : {}) };
}

/** A call that is not made again never gets an old answer. */
function earlierOf({ earlier }: RunningAgent, { known }: RunningCell): RunningAgent['earlier'] {
  return known.size > 0 ? earlier : [];
}

function summarize(name: string, count: number): string {
  return count === 1 ? name : `${name} × ${count}`;
}
