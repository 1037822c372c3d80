import { ActivityCancellationType } from '@temporalio/workflow';
import { anywhere, hostTimes } from './activities.ts';
import { atSandbox } from './at-sandbox.ts';
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
  agent.open = await anywhere.openSandbox.executeWithOptions(options, [
    { sandboxId, runId, agentId, lineage, agent: { signature, inputs, tools, workspace, limits }, seed: 0 },
  ]);
  if (recoveries === 0) agent.usage = { ...agent.usage, sandboxes: agent.usage.sandboxes + 1 };
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
