import type { PreparedAgent } from '../agent/agent-arguments.ts';
import { hostTimes } from './activities.ts';
import { atSandbox } from './at-sandbox.ts';
import { openSandboxOf, type RunningAgent } from './running-agent.ts';

/** The variable that has the text of a compacted conversation: `history`, unless an input or a tool has that name. */
export function historyVariable({ inputs, tools }: Pick<PreparedAgent, 'inputs' | 'tools'>): string {
  const taken = new Set([...inputs, ...tools].map(({ name }) => name));
  let name = 'history';
  while (taken.has(name)) name = `agent_${name}`;
  return name;
}

/** How many compactions there had been when the cell of an iteration ran. */
export function compactionsBefore({ compactions }: Pick<RunningAgent, 'compactions'>, iteration: number): number {
  return compactions.filter(({ afterIteration }) => afterIteration < iteration).length;
}

/** Gives the kernel the text of the conversation as it was after so many compactions. */
export async function giveHistory(agent: RunningAgent, compactions = agent.compactions.length): Promise<void> {
  if (compactions === 0) return;
  const variable = historyVariable(agent.prepared);
  const given = await atSandbox(agent, hostTimes.query, ({ giveHistory: give }) =>
    give.executeWithOptions({ summary: `${variable} for the kernel` }, [
      { open: openSandboxOf(agent), variable, compactions: agent.compactions.slice(0, compactions) },
    ]),
  );
  if (!given) agent.notes.push(`the text of the conversation is too large for the sandbox: \`${variable}\` lacks it`);
}
