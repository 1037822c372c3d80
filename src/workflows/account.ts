import { addModelUsage } from '../agent/sum-usage.ts';
import type { ModelUsage } from '../agent/usage.ts';
import type { RunningAgent } from './running-agent.ts';

/** Counts a call of the agent's own model. */
export function account(agent: RunningAgent, usage: ModelUsage): void {
  agent.usage = { ...agent.usage, ...addModelUsage(agent.usage, usage), modelCalls: agent.usage.modelCalls + 1 };
  agent.budget.spend(usage);
}
