import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { Call, CallRecord, CellEnd, CellProgress } from '../agent/cell.ts';
import type { StoredValue } from '../artifacts/stored-value.ts';
import { hostTimes, sandboxActivities, withinTask } from './activities.ts';
import { answerCall, cellInput, type RunningCell } from './answering.ts';
import { atSandbox, nearbyOrAtHost } from './at-sandbox.ts';
import { openSandboxOf, type RunningAgent } from './running-agent.ts';

/** Runs one cell to its end, answering every call that it makes. */
export async function executeCell(
  agent: RunningAgent,
  code: StoredValue,
): Promise<{ end: CellEnd; calls: CallRecord[] }> {
  const cell: RunningCell = { cellId: `${agent.iteration}`, records: [] };
  const scope = new CancellationScope();
  const answering = new Set<Promise<void>>();
  try {
    const end = await scope.run(() => follow(agent, cell, code, answering));
    return { end, calls: cell.records };
  } finally {
    // Calls of threads that the cell left behind have nobody to answer to.
    if (answering.size > 0) scope.cancel();
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
  const options = { summary: `iteration ${agent.iteration}: cell` };
  const input = { ...cellInput(agent, cell), code, timeoutMs };
  const { host } = openSandboxOf(agent).sandbox;
  return nearbyOrAtHost(
    agent,
    () => withinTask.runCell.executeWithOptions(options, [{ ...input, waitMs: withinTaskMs }]),
    () => sandboxActivities(hostTimes.cell, host).runCell.executeWithOptions(options, [input]),
  );
}

function drain(agent: RunningAgent, cell: RunningCell, after: number): Promise<CellProgress> {
  return atSandbox(agent, hostTimes.cell, (activities) =>
    activities.drain.executeWithOptions({ summary: `iteration ${agent.iteration}: waiting for the cell` }, [
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
      // Whatever else keeps an answer from its cell, a lost sandbox above all, the drain beside meets too.
      if (!isCancellation(error)) agent.notes.push(`${call.function} could not be answered`);
    },
  );
  answering.add(answer);
  void answer.finally(() => answering.delete(answer));
}
