import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { Call, CellEnd, CellProgress, IterationRecord } from '../agent/cell.ts';
import type { StoredValue } from '../artifacts/stored-value.ts';
import { hostTimes, sandboxActivities, withinTask } from './activities.ts';
import { answerCall } from './answering.ts';
import { atSandbox, nearbyOrAtHost } from './at-sandbox.ts';
import { isFailureOf } from './failures.ts';
import { openSandboxOf, type RunningAgent } from './running-agent.ts';
import { cellInput, type RunningCell, recordOpenCalls } from './running-cell.ts';

/** How long calls that were open at a cell's end are waited for; then they were of a thread that it left behind. */
const answersLate = '1s';

/** Runs one cell to its end, answering every call that it makes; what it did is added to the iteration. */
export async function executeCell(
  agent: RunningAgent,
  iteration: IterationRecord,
  code: StoredValue,
  mode: 'run' | 'replay' = 'run',
): Promise<CellEnd> {
  // What was cut off in a sandbox that was lost is made anew.
  const answered = iteration.calls.filter(({ status }) => status !== 'cancelled');
  iteration.calls.splice(0, iteration.calls.length, ...answered);
  const known = new Set(answered.map(({ callId }) => callId));
  const cell: RunningCell = { cellId: `${iteration.index}`, records: iteration.calls, known, open: new Map() };
  const scope = new CancellationScope();
  const answering = new Set<Promise<void>>();
  try {
    const end = await scope.run(() => follow(agent, cell, code, answering));
    if (mode === 'run') iteration.cell = end;
    // The cell may have its last answers before the workflow hears what they cost.
    if (answering.size > 0) await condition(() => answering.size === 0, answersLate);
    return end;
  } catch (error) {
    // What is being answered for a lost sandbox is kept for the next one.
    if (isFailureOf(error, 'SandboxLost')) await Promise.all(answering);
    throw error;
  } finally {
    if (mode === 'run') iteration.durationMs = Date.now() - iteration.startedAt;
    // Calls of threads that the cell left behind have nobody to answer to.
    if (answering.size > 0) scope.cancel();
    recordOpenCalls(cell);
  }
}

async function follow(
  agent: RunningAgent,
  cell: RunningCell,
  code: StoredValue,
  answering: Set<Promise<void>>,
): Promise<CellEnd> {
  let progress = await start(agent, cell, code);
  while (progress.end === null) {
    const [only] = progress.calls;
    if (only?.alone && progress.calls.length === 1 && answering.size === 0) {
      progress = await answerAlone(agent, cell, only, progress.cursor);
      continue;
    }
    for (const call of progress.calls) answerBeside(agent, cell, call, answering);
    progress = await drain(agent, cell, progress.cursor);
  }
  return progress.end;
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
