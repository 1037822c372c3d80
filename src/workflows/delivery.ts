import type { Call, CallRecord, CellProgress } from '../agent/cell.ts';
import type { DeliveredItem } from '../agent/delivered.ts';
import { hostTimes } from './activities.ts';
import { atSandbox } from './at-sandbox.ts';
import type { RunningAgent } from './running-agent.ts';
import { type CallOutcome, cellInput, type RunningCell } from './running-cell.ts';

/** How a call was answered; `progress` where the answering activity also waited for what came next. */
export interface Answered extends CallOutcome {
  progress: CellProgress | null;
}

/** Answers a whole call with the reason why it is not done. */
export async function refuse(
  agent: RunningAgent,
  cell: RunningCell,
  call: Call,
  message: string,
  thenAfter: number | null,
  status: CallRecord['status'] = 'refused',
): Promise<Answered> {
  const items: DeliveredItem[] = [{ kind: 'refused', error: message }];
  agent.delivered.set(call.callId, { items });
  const progress = await deliver(agent, cell, call, items, thenAfter);
  return { status, failed: call.count, progress };
}

/** So many answers, each of them inline, still fit into one event. */
const deliveredAtOnce = 100;

/** Hands the answers that the workflow has to the waiting cell; the last of them also waits for what comes next. */
export async function deliver(
  agent: RunningAgent,
  cell: RunningCell,
  call: Call,
  items: DeliveredItem[],
  thenAfter: number | null,
): Promise<CellProgress | null> {
  const options = { summary: `answer to ${call.function}` };
  let progress: CellProgress | null = null;
  let from = 0;
  do {
    const to = from + deliveredAtOnce;
    const part = { callId: call.callId, items: items.slice(from, to), thenAfter: to < items.length ? null : thenAfter };
    progress = await atSandbox(agent, hostTimes.answer, ({ deliverAnswers }) =>
      deliverAnswers.executeWithOptions(options, [{ ...cellInput(agent, cell), ...part }]),
    );
    from = to;
  } while (from < items.length);
  return progress;
}
