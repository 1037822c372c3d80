import {
  CancellationScope,
  ChildWorkflowCancellationType,
  executeChild,
  ParentClosePolicy,
  sleep,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { AgentArguments, Lease, Place } from '../agent/agent-arguments.ts';
import type { AgentResult } from '../agent/agent-result.ts';
import type { SubTask } from '../agent/cell.ts';
import type { DeliveredItem } from '../agent/delivered.ts';
import { agentWorkflowType } from '../agent/names.ts';
import { subAgentInstructions, subAgentSignature } from '../prompts/sub-agent.ts';
import { hostTimes } from './activities.ts';
import { atSandbox } from './at-sandbox.ts';
import { readableFailure, rootCause } from './failures.ts';
import { failureDetails } from './outcome.ts';
import { openSandboxOf, type RunningAgent } from './running-agent.ts';

export type SubAgentsOutcome =
  | { kind: 'answered'; items: DeliveredItem[]; agents: string[] }
  /** None was started. */
  | { kind: 'refused'; message: string };

/** Starts a sub-agent per task, all at once as far as slots allow, and gathers their answers. */
export async function runSubAgents(agent: RunningAgent, tasks: SubTask[]): Promise<SubAgentsOutcome> {
  const agents = tasks.map(
    (_, index) => `${agent.agentId}/${agent.iteration}.${agent.childrenOfIteration + index + 1}`,
  );
  agent.childrenOfIteration += tasks.length;
  const decision = await agent.budget.reserve(agents);
  if (decision.kind === 'refused') return decision;
  agent.children.push(...agents);
  const items = await keepingLease(agent, () =>
    Promise.all(
      tasks.map((task, index) => {
        const agentId = agents[index] ?? agent.agentId;
        const lease = decision.leases[index] ?? { tokens: 0, costUsd: 0 };
        return agent.slots.hold(1, () => runSubAgent(agent, task, index, agentId, lease));
      }),
    ),
  );
  return { kind: 'answered', items, agents };
}

/** The broker ends itself when nobody asks it anything for half an hour; an agent that waits must be heard of before. */
const leaseRenewal = '10 minutes';

async function keepingLease<T>(agent: RunningAgent, wait: () => Promise<T>): Promise<T> {
  const renewal = new CancellationScope();
  const { sandbox } = openSandboxOf(agent);
  const renewing = renewal.run(async () => {
    for (;;) {
      await sleep(leaseRenewal, { summary: 'keep the sandbox' });
      await atSandbox(agent, hostTimes.interrupt, ({ renewLease }) => renewLease({ sandbox }));
    }
  });
  // Whatever is wrong with the sandbox shows when the answers are delivered.
  renewing.catch(() => {});
  try {
    return await wait();
  } finally {
    renewal.cancel();
  }
}

async function runSubAgent(
  agent: RunningAgent,
  task: SubTask,
  index: number,
  agentId: string,
  lease: Lease,
): Promise<DeliveredItem> {
  agent.openChildren += 1;
  try {
    const result: AgentResult = await executeChild(agentWorkflowType, {
      workflowId: agentId,
      args: [argumentsFor(agent, task, lease)],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      staticSummary: task.title,
    });
    agent.childUsage.push(result.usage);
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
    return { kind: 'error', index, error: `sub-agent ${agentId} has no answer: ${readableFailure(error)}` };
  } finally {
    agent.openChildren -= 1;
  }
}

function argumentsFor(agent: RunningAgent, task: SubTask, lease: Lease): AgentArguments {
  const { model, subModel, limits, workspace } = agent.prepared;
  const place: Place = {
    runId: agent.runId,
    depth: agent.depth + 1,
    parentIteration: agent.iteration,
    // It must answer before its parent has to.
    deadline: agent.softDeadline,
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
      limits,
    },
  };
  return { place };
}

function endedWithoutCleanup(cause: unknown): boolean {
  return cause instanceof TerminatedFailure || cause instanceof TimeoutFailure;
}
