import { setCurrentDetails } from '@temporalio/workflow';
import { totalUsage } from './outcome.ts';
import type { RunningAgent } from './running-agent.ts';

/** Says in the Web UI where the agent stands: its last iteration, what that cost, what is left. */
export function showProgress(agent: RunningAgent): void {
  const { limits } = agent.prepared;
  const usage = totalUsage(agent);
  const last = agent.iterations.at(-1);
  const cost = usage.costUsd === null ? 'cost unknown' : `$${usage.costUsd.toFixed(4)}`;
  const lines = [
    `**Iteration ${agent.iteration}** of at most ${limits.maxIterations}`,
    `- tokens ${usage.promptTokens + usage.completionTokens}, ${cost}`,
    `- queries left: ${agent.llmCallsLeft} of ${limits.maxLlmCalls}`,
    `- sub-agents started: ${agent.children.length}`,
  ];
  if (last?.cell) lines.push('', `Last cell (${last.cell.status}):`, '```', last.cell.preview, '```');
  setCurrentDetails(lines.join('\n'));
}
