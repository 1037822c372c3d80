import { CancellationScope, continueAsNew, defineQuery, setHandler, TemporalFailure } from '@temporalio/workflow';
import type { AgentArguments } from '../agent/agent-arguments.ts';
import type { AgentResult } from '../agent/agent-result.ts';
import type { AgentState } from '../agent/agent-state.ts';
import type { Fork } from '../agent/fork.ts';
import type { OpenJournal } from '../agent/journal.ts';
import { journalQuery, stateQuery } from '../agent/names.ts';
import { newUsage } from '../agent/sum-usage.ts';
import { beforehand } from './activities.ts';
import { type CarriedAgent, carryOver } from './continuation.ts';
import { listenToControl, whilePaused } from './control.ts';
import { untilDeadline } from './deadline.ts';
import { extractAnswer, noAnswer } from './extraction.ts';
import { agentError } from './failures.ts';
import { finish } from './finish.ts';
import { beginFork } from './fork.ts';
import { firstStep, iterate, type LoopEnd, type NextStep } from './loop.ts';
import { newAgent } from './new-agent.ts';
import { openSandbox, preparing } from './open-sandbox.ts';
import { conclude, type Outcome, totalUsage } from './outcome.ts';
import { archiveOf, deadlineOf, type RunningAgent, softDeadlineOf, sourcesOf } from './running-agent.ts';

/**
 * One agent: a model in a loop that writes Python into a sandbox of its own, until it submits typed outputs.
 * Sub-agents are this same workflow, started as children.
 */
export async function agent(given: AgentArguments, carried: CarriedAgent | null = null): Promise<AgentResult> {
  let running = carried ? newAgent(carried.prepared, given.place, carried) : null;
  setHandler(defineQuery<AgentState | null>(stateQuery), () => (running ? stateOf(running) : null));
  setHandler(defineQuery<OpenJournal | null>(journalQuery), () => (running ? journalOf(running) : null));
  let outcome: Outcome | CarriedAgent;
  try {
    if (!running) {
      const prepared =
        given.place?.prepared ?? (await beforehand.prepareAgent.executeWithOptions(preparation, [given]));
      running = newAgent(prepared, given.place, null);
    }
    listenToControl(running);
    outcome = await work(running, carried, given.fork);
  } catch (error) {
    outcome = failed(error);
  }
  if ('next' in outcome) return continueAsNew<typeof agent>(withoutInputs(given), outcome);
  if (running) {
    const ended = running;
    await CancellationScope.nonCancellable(() => finish(ended, outcome, given));
    return conclude(outcome, totalUsage(ended), ended.patch?.stored ?? null);
  }
  return conclude(outcome, newUsage(given.place?.depth ?? 0), null);
}

const preparation = { summary: 'check the inputs', startToCloseTimeout: preparing } as const;

/** They are stored by then, and need not cross the history again. */
function withoutInputs({ inputs: _inputs, storedInputs: _stored, ...given }: AgentArguments): AgentArguments {
  return given;
}

async function begin(running: RunningAgent, fork: Fork | undefined): Promise<NextStep> {
  if (fork) return beginFork(running, fork);
  await openSandbox(running);
  return firstStep(running);
}

async function work(
  running: RunningAgent,
  carried: CarriedAgent | null,
  fork: Fork | undefined,
): Promise<Outcome | CarriedAgent> {
  const looped = await untilDeadline(
    () => softDeadlineOf(running),
    async () => {
      return iterate(running, carried?.next ?? (await begin(running, fork)));
    },
    () => whilePaused(running),
  );
  const end: LoopEnd =
    looped.kind === 'done' ? looped.value : { kind: 'limit', reason: `timeout: ${running.prepared.limits.timeout} s` };
  if (end.kind === 'continued') return carryOver(running, end.next);
  if (end.kind === 'submitted') return { status: 'completed', finish: 'submit', output: end.output };
  const { reason } = end;
  const extracted = await untilDeadline(
    () => deadlineOf(running),
    () => extractAnswer(running, reason),
    () => whilePaused(running),
  );
  return extracted.kind === 'done' ? extracted.value : noAnswer(reason, 'the time ran out');
}

function failed(error: unknown): Outcome {
  // Whatever a cancelled agent's work ends with is a consequence of that.
  if (CancellationScope.current().consideredCancelled) return { status: 'cancelled' };
  // A failure of ours or of Temporal's, or else a fault in this code, which must not be retried for ever.
  const known = error instanceof TemporalFailure || error instanceof Error;
  return {
    status: 'failed',
    finish: null,
    error: known ? agentError(error) : { type: 'Internal', message: String(error) },
  };
}

/** What a fork of the agent, as it stands now, would begin from. */
function journalOf(running: RunningAgent): OpenJournal {
  const { archive, prepared, compactions } = running;
  return { archive, ...archiveOf(running), prepared, compactions, sources: sourcesOf(running) };
}

function stateOf(running: RunningAgent): AgentState {
  const { phase, iteration, depth, prepared, budget } = running;
  // Only the root's ledger knows, which counts each agent's sandbox before it is made.
  const { sandboxes } = budget.left();
  const agents = sandboxes === null ? {} : { agents: prepared.limits.maxSandboxes - sandboxes };
  return { phase, iteration, depth, model: prepared.model, usage: totalUsage(running), ...agents };
}
