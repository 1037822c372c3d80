import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { Call, CellEnd, CellProgress, IterationRecord } from '../agent/cell.ts';
import type { StoredValue } from '../artifacts/stored-value.ts';
import { brief, hostTimes, sandboxActivities, withinTask } from './activities.ts';
import { answerCall } from './answering.ts';
import { atSandbox, nearbyOrAtHost } from './at-sandbox.ts';
import { continuation, isQuiet } from './continuation.ts';
import { isFailureOf } from './failures.ts';
import { openSandboxOf, type RunningAgent } from './running-agent.ts';
import { cellInput, type RunningCell, recordOpenCalls } from './running-cell.ts';

/** How long calls that were open at a cell's end are waited for; then they were of a thread that it left behind. */
const answersLate = '1s';

/** Where a cell is left to the agent's next execution; it runs on meanwhile. */
export interface PausedCell {
  /** What is to be dealt with first. */
  progress: CellProgress;
  /** Its calls of a time before, in a sandbox that was lost: see {@link RunningCell}. */
  known: string[];
}

export type CellStep = { kind: 'ended'; end: CellEnd } | { kind: 'paused'; paused: PausedCell };

/**
 * Runs one cell, or goes on with a paused one, answering every call that it makes; what it did is added to the iteration.
 * Returns at its end, or where the agent should continue as new.
 */
export async function runCell(
  agent: RunningAgent,
  iteration: IterationRecord,
  code: StoredValue,
  paused: PausedCell | null,
): Promise<CellStep> {
  try {
    return await answeringCalls(iteration, paused, async (cell, answering) => {
      const step = await follow(agent, cell, paused?.progress ?? (await start(agent, cell, code)), answering, true);
      if (step.kind === 'ended') iteration.cell = step.end;
      return step;
    });
  } finally {
    iteration.durationMs = Date.now() - iteration.startedAt;
  }
}

/** A sandbox that is lost so often while the same cell runs is lost through that cell. */
export const mostLossesOfCell = 2;

/** Ends a cell that its sandbox did not survive; it is never run again. */
export async function giveUpCell(iteration: IterationRecord): Promise<CellStep> {
  const note = `The sandbox was lost ${mostLossesOfCell} times while this cell ran, so it is not run again.`;
  const end = await brief.giveUpCell.executeWithOptions(
    { summary: `iteration ${iteration.index}: the cell is given up` },
    [{ cellId: `${iteration.index}`, note }],
  );
  iteration.cell = end;
  return { kind: 'ended', end };
}

/** Runs a cell that had ended once more, in a new sandbox. */
export async function replayCell(agent: RunningAgent, iteration: IterationRecord, code: StoredValue): Promise<CellEnd> {
  const step = await answeringCalls(iteration, null, async (cell, answering) =>
    follow(agent, cell, await start(agent, cell, code), answering, false),
  );
  if (step.kind === 'paused') throw new Error('a cell that is run again is not paused');
  return step.end;
}

async function answeringCalls(
  iteration: IterationRecord,
  paused: PausedCell | null,
  work: (cell: RunningCell, answering: Set<Promise<void>>) => Promise<CellStep>,
): Promise<CellStep> {
  // What was cut off in a sandbox that was lost is made anew.
  const answered = iteration.calls.filter(({ status }) => status !== 'cancelled');
  iteration.calls.splice(0, iteration.calls.length, ...answered);
  const known = new Set(paused?.known ?? answered.map(({ callId }) => callId));
  const cell: RunningCell = { cellId: `${iteration.index}`, records: iteration.calls, known, open: new Map() };
  const scope = new CancellationScope();
  const answering = new Set<Promise<void>>();
  try {
    const step = await scope.run(() => work(cell, answering));
    // The cell may have its last answers before the workflow hears what they cost.
    if (answering.size > 0) await condition(() => answering.size === 0, answersLate);
    return step;
  } catch (error) {
    // What is being answered for a lost sandbox is kept for the next one.
    if (isFailureOf(error, 'SandboxLost')) await Promise.all(answering);
    throw error;
  } finally {
    // Calls of threads that the cell left behind have nobody to answer to.
    if (answering.size > 0) scope.cancel();
    recordOpenCalls(cell);
  }
}

async function follow(
  agent: RunningAgent,
  cell: RunningCell,
  from: CellProgress,
  answering: Set<Promise<void>>,
  mayPause: boolean,
): Promise<CellStep> {
  let progress = from;
  while (progress.end === null) {
    if (mayPause && (await comesToRest(agent, answering))) {
      return { kind: 'paused', paused: { progress, known: [...cell.known] } };
    }
    const [only] = progress.calls;
    if (only?.alone && progress.calls.length === 1 && answering.size === 0) {
      progress = await answerAlone(agent, cell, only, progress.cursor);
      continue;
    }
    for (const call of progress.calls) answerBeside(agent, cell, call, answering);
    progress = await drain(agent, cell, progress.cursor);
  }
  return { kind: 'ended', end: progress.end };
}

/** Whether the agent should continue as new here, where nothing of the cell is being answered. */
async function comesToRest(agent: RunningAgent, answering: Set<Promise<void>>): Promise<boolean> {
  const wanted = continuation(agent);
  if (wanted === 'at-once') await condition(() => answering.size === 0);
  return wanted !== 'no' && answering.size === 0 && isQuiet(agent);
}

/** How long a workflow task waits for a cell, in milliseconds: meanwhile the agent hears nothing else. */
const withinTaskMs = 250;

function start(agent: RunningAgent, cell: RunningCell, code: StoredValue): Promise<CellProgress> {
  const timeoutMs = agent.prepared.limits.cellTimeout * 1_000;
  const options = { summary: `iteration ${cell.cellId}: cell` };
  const input = { ...cellInput(agent, cell), code, timeoutMs };
  const { host } = openSandboxOf(agent).sandbox;
  const inTaskOf = (host: string | null) =>
    sandboxActivities(hostTimes.cell, host).runCell.executeWithOptions(options, [input]);
  const withinThisTask = async () => {
    try {
      return await withinTask.runCell.executeWithOptions(options, [{ ...input, waitMs: withinTaskMs }]);
    } catch (error) {
      if (isCancellation(error) || isFailureOf(error, 'SandboxElsewhere', 'SandboxLost')) throw error;
      // A sandbox that does not answer at once is waited for where a time limit can end the wait.
      return await inTaskOf(null);
    }
  };
  return nearbyOrAtHost(agent, withinThisTask, () => inTaskOf(host));
}

function drain(agent: RunningAgent, cell: RunningCell, after: number): Promise<CellProgress> {
  return atSandbox(agent, hostTimes.cell, (activities) =>
    activities.drain.executeWithOptions({ summary: `iteration ${cell.cellId}: waiting for the cell` }, [
      { ...cellInput(agent, cell), after },
    ]),
  );
}

/** Nothing can happen in the cell before this call is answered: the answering activity also waits for what follows. */
async function answerAlone(agent: RunningAgent, cell: RunningCell, call: Call, after: number): Promise<CellProgress> {
  agent.phase = 'waiting';
  try {
    const progress = await answerCall(agent, cell, call, after);
    return progress ?? (await drain(agent, cell, after));
  } finally {
    agent.phase = 'running';
  }
}

function answerBeside(agent: RunningAgent, cell: RunningCell, call: Call, answering: Set<Promise<void>>): void {
  const answer = answerCall(agent, cell, call, null).then(
    () => {},
    (error: unknown) => {
      // A lost sandbox the drain beside meets too.
      if (!isCancellation(error) && !isFailureOf(error, 'SandboxLost'))
        agent.notes.push(`${call.function} could not be answered`);
    },
  );
  answering.add(answer);
  void answer.finally(() => answering.delete(answer));
}
