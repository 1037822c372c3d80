import {
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowCancellationType,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  startChild,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { AgentArguments, Lease, Place } from '../agent/agent-arguments.ts';
import type { AgentResult } from '../agent/agent-result.ts';
import type { Call, StartingCall, SubTask } from '../agent/cell.ts';
import type { DeliveredItem } from '../agent/delivered.ts';
import { agentWorkflowType } from '../agent/names.ts';
import { subAgentInstructions, subAgentSignature } from '../prompts/sub-agent.ts';
import { whilePaused } from './control.ts';
import { readableFailure, rootCause } from './failures.ts';
import { keepingLease } from './keeping-lease.ts';
import { failureDetails } from './outcome.ts';
import { type RunningAgent, softDeadlineOf } from './running-agent.ts';

export type SubAgentsOutcome =
  | { kind: 'answered'; items: DeliveredItem[]; agents: string[] }
  /** None was started. */
  | { kind: 'refused'; message: string };

/** A task with the place of its answer in the call. */
export interface PlacedTask {
  task: SubTask;
  index: number;
}

/** What started it, as the history of its parent tells: all of one call have the same. */
function memoOf({ callId, function: name }: Call, count: number): { call: StartingCall } {
  return { call: { callId, function: name, count } };
}

/** Starts a sub-agent per task, all at once as far as slots allow, and gathers their answers. */
export async function runSubAgents(agent: RunningAgent, call: Call, tasks: PlacedTask[]): Promise<SubAgentsOutcome> {
  const agents = tasks.map(
    (_, index) => `${agent.agentId}/${agent.iteration}.${agent.childrenOfIteration + index + 1}`,
  );
  agent.childrenOfIteration += tasks.length;
  await whilePaused(agent);
  const decision = await agent.budget.reserve(agents);
  if (decision.kind === 'refused') return decision;
  agent.children.push(...agents);
  const memo = memoOf(call, tasks.length);
  const items = await keepingLease(agent, () =>
    Promise.all(
      tasks.map((placed, at) => {
        const first = { agentId: agents[at] ?? agent.agentId, lease: decision.leases[at] ?? { tokens: 0, costUsd: 0 } };
        return agent.slots.hold(1, () => runSubAgent(agent, placed, first, agents, memo));
      }),
    ),
  );
  return { kind: 'answered', items, agents };
}

/** Runs a sub-agent, afresh as often as a user wants it to. */
async function runSubAgent(
  agent: RunningAgent,
  { task, index }: PlacedTask,
  first: { agentId: string; lease: Lease },
  agents: string[],
  memo: { call: StartingCall },
): Promise<DeliveredItem> {
  let { agentId, lease } = first;
  for (let attempt = 2; ; attempt += 1) {
    const item = await attemptSubAgent(agent, { task, index }, { agentId, lease }, memo);
    if (item !== 'retried') return item;
    const next = `${first.agentId}~${attempt}`;
    agent.remarks.push(`sub-agent ${agentId} was ended, and started afresh as ${next}`);
    const decision = await agent.budget.reserve([next]);
    if (decision.kind === 'refused') {
      return { kind: 'error', index, error: `sub-agent ${agentId} cannot be started afresh: ${decision.message}` };
    }
    await whilePaused(agent);
    agent.children.push(next);
    agents.push(next);
    agentId = next;
    lease = decision.leases[0] ?? lease;
  }
}

async function attemptSubAgent(
  agent: RunningAgent,
  { task, index }: PlacedTask,
  { agentId, lease }: { agentId: string; lease: Lease },
  memo: { call: StartingCall },
): Promise<DeliveredItem | 'retried'> {
  let retried = false;
  const starting = startChild(agentWorkflowType, {
    workflowId: agentId,
    args: [argumentsFor(agent, task, lease)],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    staticSummary: task.title,
    memo,
  });
  agent.openChildren.set(agentId, {
    pass(signal) {
      // One that has ended meanwhile, or never started, needs it no more.
      starting.then((child) => child.signal(signal)).catch(() => {});
    },
    retry() {
      retried = true;
      // One that has ended meanwhile is started afresh all the same.
      starting.then(() => getExternalWorkflowHandle(agentId).cancel()).catch(() => {});
    },
  });
  try {
    const result: AgentResult = await (await starting).result();
    agent.childUsage.push(result.usage);
    if (retried) return 'retried';
    return {
      kind: 'answer',
      index,
      output: result.output,
      truncateAt: agent.prepared.limits.resultTruncationLimit,
      ...(task.patch ? { patch: result.patch } : {}),
    };
  } catch (error) {
    const cause = rootCause(error);
    const details = failureDetails(cause);
    if (details) agent.childUsage.push(details.usage);
    // A sub-agent cancelled from outside looks like a cancellation of this one; only this one's own ends it.
    if (CancellationScope.current().consideredCancelled) throw error;
    if (!details && endedWithoutCleanup(cause)) await agent.budget.writeOff(agentId);
    if (retried) return 'retried';
    return { kind: 'error', index, error: `sub-agent ${agentId} has no answer: ${readableFailure(error)}` };
  } finally {
    agent.openChildren.delete(agentId);
  }
}

function argumentsFor(agent: RunningAgent, task: SubTask, lease: Lease): AgentArguments {
  const { model, subModel, contextWindow, limits, workspace } = agent.prepared;
  const place: Place = {
    runId: agent.runId,
    depth: agent.depth + 1,
    parentIteration: agent.iteration,
    // It must answer before its parent has to.
    deadline: softDeadlineOf(agent),
    lease,
    prepared: {
      definition: null,
      signature: subAgentSignature(task.inputs.length > 1),
      inputs: task.inputs,
      tools: [],
      workspace,
      instructions: subAgentInstructions(
        limits.resultTruncationLimit,
        workspace === null ? 'none' : task.patch ? 'handed-on' : 'dropped',
      ),
      model,
      subModel,
      ...(contextWindow === undefined ? {} : { contextWindow }),
      limits,
    },
  };
  return { place };
}

function endedWithoutCleanup(cause: unknown): boolean {
  return cause instanceof TerminatedFailure || cause instanceof TimeoutFailure || cause instanceof ApplicationFailure;
}
