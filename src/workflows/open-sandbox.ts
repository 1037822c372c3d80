import {
  ActivityCancellationType,
  CancellationScope,
  isCancellation,
  patched,
  TimeoutFailure,
} from '@temporalio/workflow';
import { anywhere, brief, hostTimes } from './activities.ts';
import { atSandbox } from './at-sandbox.ts';
import { rootCause } from './failures.ts';
import { giveHistory } from './history-variable.ts';
import { openSandboxOf, type RunningAgent } from './running-agent.ts';

/**
 * A repository that this machine has never seen may be large, and a provider may have to fetch an image, or have no room
 * for a while. A worker that dies meanwhile is noticed by its heartbeats.
 */
export const preparing = '30 minutes';

/** Makes the agent's sandbox. One that is built in place of a lost one has an id of its own, and does not count. */
export async function openSandbox(agent: RunningAgent): Promise<void> {
  const { agentId, runId, lineage, prepared, recoveries } = agent;
  const { signature, inputs, tools, workspace, limits } = prepared;
  const options = {
    summary: workspace === null ? 'open the sandbox' : 'open the sandbox, clone the repository',
    startToCloseTimeout: preparing,
    // Waited for, so that a sandbox that is being made while the agent is cancelled is not left behind.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  } as const;
  const sandboxId = recoveries === 0 ? lineage : `${lineage}~${recoveries}`;
  try {
    agent.open = await anywhere.openSandbox.executeWithOptions(options, [
      { sandboxId, runId, agentId, lineage, agent: { signature, inputs, tools, workspace, limits }, seed: 0 },
    ]);
  } catch (error) {
    if (isCancellation(error) || rootCause(error) instanceof TimeoutFailure) discard(agent, sandboxId);
    throw error;
  }
  if (recoveries === 0) agent.usage = { ...agent.usage, sandboxes: agent.usage.sandboxes + 1 };
}

/** A worker that died while the agent was cancelled may have made the sandbox, and nobody was told. */
function discard(agent: RunningAgent, sandboxId: string): void {
  // Agents that ended without it, before there was such an activity, replay as they were.
  if (!patched('discard-sandbox')) return;
  const summary = 'delete what was made of a sandbox';
  const discarding = CancellationScope.nonCancellable(() =>
    brief.discardSandbox.executeWithOptions({ summary }, [{ sandboxId }]),
  );
  const left = discarding
    // It ends by its lease, or is swept.
    .catch(() => {})
    .finally(() => agent.leaving.delete(left));
  agent.leaving.add(left);
}

/** Starts a kernel in place of one that died. `compactions`: how many of them its `history` tells of; all by default. */
export async function startNewKernel(agent: RunningAgent, compactions?: number): Promise<void> {
  const open = openSandboxOf(agent);
  const { sandbox, kernel } = open;
  const { kernelId } = await atSandbox(agent, hostTimes.cell, (activities) =>
    activities.restartKernel.executeWithOptions({ summary: 'a new kernel' }, [{ sandbox, kernel }]),
  );
  agent.open = { ...open, kernelId };
  await giveHistory(agent, compactions);
}
