import { CancellationScope } from '@temporalio/workflow';
import type { CellEnd, IterationRecord } from '../agent/cell.ts';
import type { StoredValue } from '../artifacts/stored-value.ts';
import { hostTimes } from './activities.ts';
import { atSandbox } from './at-sandbox.ts';
import { replayCell } from './cell.ts';
import { recollect } from './continuation.ts';
import { isFailureOf, readableFailure } from './failures.ts';
import { compactionsBefore, giveHistory } from './history-variable.ts';
import { openSandbox, startNewKernel } from './open-sandbox.ts';
import { openSandboxOf, type RunningAgent } from './running-agent.ts';

/** A cell that can be run again: what ran, and what it did. */
interface JournalEntry {
  iteration: IterationRecord;
  code: StoredValue;
}

/** Does something at the agent's sandbox; when that is lost, builds another one and does it again, as often as allowed. */
export async function surviving<T>(agent: RunningAgent, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isLoss(error)) throw error;
      await recover(agent, error);
    }
  }
}

/** Builds a sandbox in place of a lost one: the same inputs, and every cell once more with the answers that it had. */
async function recover(agent: RunningAgent, loss: unknown): Promise<void> {
  for (let cause = loss; ; ) {
    const { maxRecoveries } = agent.prepared.limits;
    if (agent.recoveries >= maxRecoveries) throw cause;
    agent.recoveries += 1;
    const { phase } = agent;
    agent.phase = 'starting';
    try {
      leave(agent);
      await openSandbox(agent);
      await recollect(agent);
      await replay(agent);
      agent.phase = phase;
      agent.notes.push(
        'the sandbox was lost and was built again: your cells were run once more, with the answers that they had; what depends on time or chance may differ',
      );
      agent.remarks.push(`sandbox ${agent.recoveries} was built in place of a lost one: ${readableFailure(cause)}`);
      return;
    } catch (error) {
      // The new one may be lost as well.
      if (!isLoss(error)) throw error;
      cause = error;
    }
  }
}

/** The lost one may still be there for somebody, as when its host was away: it is ended where that is possible. */
function leave(agent: RunningAgent): void {
  const { sandbox } = openSandboxOf(agent);
  const closing = CancellationScope.nonCancellable(() =>
    atSandbox({ ...agent }, hostTimes.close, ({ closeSandbox }) =>
      closeSandbox.executeWithOptions({ summary: 'delete the lost sandbox' }, [{ sandbox }]),
    ),
  );
  const left = closing
    // It ends by its lease, or is swept.
    .catch(() => {})
    .finally(() => agent.leaving.delete(left));
  agent.leaving.add(left);
  agent.nearby = true;
}

const variablesAreBack =
  'a new Python process was started in which your earlier cells were run once more, with the answers that they had, so what they set is back; the cell that ended the process was not run again';
const variablesAreGone =
  'a new Python process was started: the inputs are back, variables and imports of earlier cells are gone';

/**
 * Starts a kernel in place of one that died, and runs every cell again that it had, but for the one that killed it. With a
 * workspace none is: the files there are as the cells left them, and would be changed twice.
 */
export async function replaceKernel(agent: RunningAgent): Promise<void> {
  const { limits, workspace } = agent.prepared;
  if (workspace !== null || agent.kernelRecoveries >= limits.maxRecoveries) {
    await surviving(agent, () => startNewKernel(agent));
    agent.notes.push(variablesAreGone);
    return;
  }
  agent.kernelRecoveries += 1;
  await recoveringFromLoss(agent, async () => {
    await startNewKernel(agent, 0);
    await recollect(agent);
    await replay(agent);
  });
  agent.notes.push(variablesAreBack);
}

/** Runs every cell that there was in a sandbox that has just been opened. */
export async function replayAll(agent: RunningAgent): Promise<void> {
  await recoveringFromLoss(agent, () => replay(agent));
}

/** Runs cells again; when the sandbox is lost meanwhile, the one that is built in its place has run them too. */
async function recoveringFromLoss(agent: RunningAgent, rerun: () => Promise<void>): Promise<void> {
  try {
    await rerun();
  } catch (error) {
    if (!isLoss(error)) throw error;
    await recover(agent, error);
  }
}

/** A kernel that dies in cells that it survived before is not to blame on them, unless it does so again. */
const mostReplays = 3;

async function replay(agent: RunningAgent): Promise<void> {
  for (let left = mostReplays - 1; !(await replayOnce(agent, left > 0)); left -= 1) await startNewKernel(agent, 0);
}

/** Returns whether it came to the end: with `mayStop` it does not go on in another kernel than it began in. */
async function replayOnce(agent: RunningAgent, mayStop: boolean): Promise<boolean> {
  let compactions = 0;
  for (const entry of replayable(agent)) {
    const before = entry.iteration.cell;
    compactions = await historyOfItsTime(agent, compactions, compactionsBefore(agent, entry.iteration.index));
    const again = await replayCell(agent, entry.iteration, entry.code);
    if (again.status === 'kernel-died') {
      if (mayStop) return false;
      await startNewKernel(agent, compactions);
    }
    if (before && before.digest !== again.digest) {
      const message = `iteration ${entry.iteration.index} went another way when it was run again`;
      agent.notes.push(`${message}: ${difference(before, again)}`);
      agent.remarks.push(message);
    }
  }
  await historyOfItsTime(agent, compactions, agent.compactions.length);
  return true;
}

/** A cell that is run again finds the text of the conversation as it was then. */
async function historyOfItsTime(agent: RunningAgent, given: number, wanted: number): Promise<number> {
  if (wanted !== given) await giveHistory(agent, wanted);
  return wanted;
}

/** The cells that had effects to be had again. One that killed its kernel or was stopped is never run again. */
function replayable({ iterations, codes }: RunningAgent): JournalEntry[] {
  return iterations.flatMap((iteration) => {
    const code = codes.get(iteration.index);
    const status = iteration.cell?.status;
    return code && (status === 'ok' || status === 'error') ? [{ iteration, code }] : [];
  });
}

function difference(before: CellEnd, again: CellEnd): string {
  if (before.status !== again.status) return `it ended with ${again.status}, and with ${before.status} at first`;
  return `it printed ${JSON.stringify(again.preview)}`;
}

function isLoss(error: unknown): boolean {
  return isFailureOf(error, 'SandboxLost') && !CancellationScope.current().consideredCancelled;
}
