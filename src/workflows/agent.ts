import {
  CancellationScope,
  continueAsNew,
  defineQuery,
  setHandler,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { RecordAgentInput } from '../activities/record-agent.ts';
import type { AgentArguments, PreparedAgent } from '../agent/agent-arguments.ts';
import type { AgentResult } from '../agent/agent-result.ts';
import type { AgentState } from '../agent/agent-state.ts';
import type { Fork } from '../agent/fork.ts';
import type { AnswerSource, OpenJournal } from '../agent/journal.ts';
import { journalQuery, stateQuery } from '../agent/names.ts';
import { newUsage } from '../agent/sum-usage.ts';
import { beforehand, brief, hostTimes } from './activities.ts';
import { atSandbox } from './at-sandbox.ts';
import { type CarriedAgent, carryOver, takenOver } from './continuation.ts';
import { listenToControl, whilePaused } from './control.ts';
import { softDeadline, untilDeadline } from './deadline.ts';
import { extractAnswer, noAnswer } from './extraction.ts';
import { agentError, readableFailure } from './failures.ts';
import { beginFork } from './fork.ts';
import { LeasedBudget } from './leased-budget.ts';
import { firstStep, iterate, type LoopEnd, type NextStep } from './loop.ts';
import { openSandbox, preparing } from './open-sandbox.ts';
import { conclude, type Outcome, totalUsage } from './outcome.ts';
import { surviving } from './recovery.ts';
import { RootBudget } from './root-budget.ts';
import { deadlineOf, openSandboxOf, type RunningAgent, softDeadlineOf } from './running-agent.ts';
import { Slots } from './slots.ts';

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

function newAgent(prepared: PreparedAgent, place: AgentArguments['place'], carried: CarriedAgent | null): RunningAgent {
  const { workflowId, firstExecutionRunId, startTime } = workflowInfo();
  const startedAt = carried?.startedAt ?? startTime.getTime();
  const { limits } = prepared;
  const deadline = place?.deadline ?? startedAt + limits.timeout * 1_000;
  const runId = place?.runId ?? workflowId;
  return {
    agentId: workflowId,
    runId,
    lineage: firstExecutionRunId,
    depth: place?.depth ?? 0,
    startedAt,
    deadline,
    softDeadline: softDeadline(startedAt, deadline),
    prepared,
    patch: null,
    budget: place
      ? new LeasedBudget(workflowId, runId, place.lease, carried?.budget)
      : new RootBudget(workflowId, limits, carried?.budget),
    slots: new Slots(limits.maxConcurrency),
    open: null,
    nearby: true,
    phase: 'starting',
    iteration: 0,
    llmCallsLeft: limits.maxLlmCalls,
    transcript: null,
    contextTokens: 0,
    contextWindow: prepared.contextWindow ?? null,
    compactions: [],
    iterations: [],
    archive: null,
    usage: newUsage(place?.depth ?? 0),
    childUsage: [],
    children: [],
    openChildren: new Map(),
    childrenOfIteration: 0,
    codes: new Map(),
    delivered: new Map(),
    recoveries: 0,
    earlier: [],
    suggestedAt: null,
    leaving: new Set(),
    remarks: [],
    unseen: null,
    notes: [],
    told: [],
    pausedAt: null,
    pausedMs: 0,
    ...(carried ? takenOver(carried) : {}),
  };
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

/** Cleanup, whatever happened: the patch is kept, the sandbox goes, the tree hears what was spent, the results are written. */
async function finish(running: RunningAgent, outcome: Outcome, given: AgentArguments): Promise<void> {
  running.phase = 'finishing';
  await keepPatch(running);
  const { open } = running;
  const record = recordOf(running, outcome, given);
  const steps: Promise<unknown>[] = [
    brief.recordAgent.executeWithOptions({ summary: 'write the results' }, [record]),
    running.budget.settle(),
  ];
  if (open) {
    const { sandbox } = open;
    const close = atSandbox(running, hostTimes.close, ({ closeSandbox }) =>
      closeSandbox.executeWithOptions({ summary: 'delete the sandbox' }, [{ sandbox }]),
    );
    steps.push(close);
  }
  steps.push(...running.leaving);
  // A step that fails leaves the others to do their part: an unreachable sandbox ends by its lease, or is swept.
  await Promise.allSettled(steps);
  running.phase = 'ended';
}

/** How long a sandbox that is lost at the very end may take to be built again for its patch, in milliseconds. */
const rebuildingMs = 10 * 60_000;

/** What an agent changed is worth keeping however it ended. */
async function keepPatch(running: RunningAgent): Promise<void> {
  const { open, prepared } = running;
  const { workspace } = prepared;
  if (open === null || workspace === null) return;
  try {
    const deadline = Date.now() + rebuildingMs;
    const taken = await untilDeadline(
      () => deadline,
      () =>
        surviving(running, () =>
          atSandbox(running, hostTimes.patch, ({ takePatch }) =>
            takePatch.executeWithOptions({ summary: 'take the patch' }, [
              { sandbox: openSandboxOf(running).sandbox, workspace },
            ]),
          ),
        ),
    );
    if (taken.kind !== 'done') throw new Error('the time for it ran out');
    running.patch = taken.value;
    running.remarks.push(...taken.value.remarks);
  } catch (error) {
    running.remarks.push(`the patch could not be taken: ${readableFailure(error)}`);
  }
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

function recordOf(running: RunningAgent, outcome: Outcome, given: AgentArguments): RecordAgentInput {
  const { agentId, lineage, depth, prepared, startedAt, open, usage, iterations, archive, children, remarks } = running;
  return {
    agentId,
    lineage,
    depth,
    prepared,
    startedAt,
    durationMs: Date.now() - startedAt,
    sandboxId: open?.sandbox.id ?? null,
    usage,
    iterations,
    archive,
    children,
    remarks,
    transcript: running.transcript,
    outcome,
    patch: running.patch,
    recoveries: running.recoveries,
    codes: [...running.codes],
    delivered: [...running.delivered],
    sources: sourcesOf(running),
    forkOf: given.fork
      ? {
          agentId: given.fork.source,
          after: given.fork.after,
          ...(given.fork.again ? { again: given.fork.again } : {}),
        }
      : null,
    compactions: running.compactions,
    ...(given.place ? { parentIteration: given.place.parentIteration } : {}),
  };
}

function sourcesOf({ lineage, prepared, earlier }: RunningAgent): AnswerSource[] {
  return [{ lineage, subModel: prepared.subModel }, ...earlier];
}

/** What a fork of the agent, as it stands now, would begin from. */
function journalOf(running: RunningAgent): OpenJournal {
  const { archive, iterations, codes, delivered, prepared, compactions } = running;
  const sources = sourcesOf(running);
  return { archive, iterations, codes: [...codes], delivered: [...delivered], prepared, compactions, sources };
}

function stateOf(running: RunningAgent): AgentState {
  const { phase, iteration, depth, prepared } = running;
  return { phase, iteration, depth, model: prepared.model, usage: totalUsage(running) };
}
