import { isQueryFunction } from '../agent/call-functions.ts';
import type { Fork } from '../agent/fork.ts';
import { briefUntil } from './activities.ts';
import { recollect } from './continuation.ts';
import { firstStep, type NextStep, stepAfter } from './loop.ts';
import { openSandbox } from './open-sandbox.ts';
import { replayAll } from './recovery.ts';
import { type RunningAgent, softDeadlineOf } from './running-agent.ts';

/** Rebuilds what the agent that a fork is made from had at that point, and returns what the fork does next. */
export async function beginFork(agent: RunningAgent, fork: Fork): Promise<NextStep> {
  const summary = `fork of ${fork.source}`;
  const { prepared } = agent;
  const begun = await briefUntil(softDeadlineOf(agent)).beginFork.executeWithOptions({ summary }, [{ fork, prepared }]);
  agent.archive = begun.archive;
  agent.transcript = begun.transcript;
  agent.contextTokens = begun.contextTokens;
  agent.compactions.push(...begun.compactions);
  agent.earlier = begun.sources;
  await recollect(agent);
  agent.iteration = agent.iterations.at(-1)?.index ?? 0;
  // What was asked before is paid for, but counts against the limits of what is one agent's work.
  const calls = agent.iterations.flatMap((iteration) => iteration.calls);
  const asked = calls.filter((call) => isQueryFunction(call.function)).reduce((sum, { count }) => sum + count, 0);
  agent.llmCallsLeft = Math.max(0, agent.llmCallsLeft - asked);
  await openSandbox(agent);
  await replayAll(agent);
  const last = agent.iterations.at(-1);
  if (!last) return firstStep(agent);
  const code = agent.codes.get(last.index);
  if (code && last.cell === null) return { kind: 'run', iteration: last, code, paused: null };
  return stepAfter(agent, last);
}
