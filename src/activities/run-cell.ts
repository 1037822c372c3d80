import { z } from 'zod';
import type { CellProgress } from '../agent/cell.ts';
import type { DeliveredItem } from '../agent/delivered.ts';
import { truncateAnswer } from '../agent/truncate-answer.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { loadValue, type StoredValue } from '../artifacts/stored-value.ts';
import type { AnswerItem } from '../repl/protocol.ts';
import { activity } from './activity-scope.ts';
import { awaitProgress, type CellPlace } from './cell-progress.ts';
import type { Dependencies } from './dependencies.ts';
import type { OpenSandbox } from './open-sandbox.ts';

/** A cell of an agent's sandbox. */
export interface CellInput {
  open: Omit<OpenSandbox, 'kernel'>;
  cellId: string;
  /** Which of the worker's agents it is; null for none. */
  definition: string | null;
}

export interface RunCellInput extends CellInput {
  /** A text. */
  code: StoredValue;
  timeoutMs: number;
  /** How long to wait for what the cell does. Default: as long as {@link awaitProgress} does. */
  waitMs?: number;
}

export interface DrainInput extends CellInput {
  /** The cursor of the progress before. */
  after: number;
}

export interface DeliverAnswersInput extends CellInput {
  callId: string;
  items: DeliveredItem[];
  /** Also waits for what comes next, from this cursor on. */
  thenAfter: number | null;
}

export interface InterruptCellInput extends CellInput {
  reason: string;
}

/** Starts a cell (or finds it started) and waits for its first calls or its end. */
export function runCellActivity(dependencies: Dependencies) {
  return activity(async (input: RunCellInput, signal): Promise<CellProgress> => {
    const place = await cellPlace(dependencies, input);
    const { after } = await place.broker.startCell({
      cellId: input.cellId,
      kernelId: input.open.kernelId,
      code: z.string().parse(await loadValue(dependencies.store, input.code)),
      timeoutMs: input.timeoutMs,
    });
    return awaitProgress(place, after, signal, input.waitMs);
  });
}

/** Waits for the cell's next calls or its end. */
export function drainActivity(dependencies: Dependencies) {
  return activity(async (input: DrainInput, signal): Promise<CellProgress> => {
    return awaitProgress(await cellPlace(dependencies, input), input.after, signal);
  });
}

/** Hands answers to a waiting cell. */
export function deliverAnswersActivity(dependencies: Dependencies) {
  return activity(async (input: DeliverAnswersInput, signal): Promise<CellProgress | null> => {
    const place = await cellPlace(dependencies, input);
    const items = await Promise.all(input.items.map((item) => toAnswerItem(dependencies.store, item)));
    await place.broker.answer({ kernelId: input.open.kernelId, callId: input.callId, items });
    return input.thenAfter === null ? null : awaitProgress(place, input.thenAfter, signal);
  });
}

/** Stops a running cell; what it set before stays where that is possible. */
export function interruptCellActivity(dependencies: Dependencies) {
  return activity(async (input: InterruptCellInput): Promise<void> => {
    const { broker } = await cellPlace(dependencies, input);
    await broker.interrupt({ cellId: input.cellId, reason: input.reason });
  });
}

async function toAnswerItem(store: ArtifactStore, item: DeliveredItem): Promise<AnswerItem> {
  switch (item.kind) {
    case 'answer': {
      const answer = truncateAnswer(await loadValue(store, item.output), item.truncateAt).text;
      if (item.patch === undefined) return { index: item.index, value: answer };
      const patch = item.patch === null ? '' : Buffer.from(await store.get(item.patch)).toString('utf8');
      return { index: item.index, value: { answer, patch } };
    }
    case 'error':
      return { index: item.index, error: item.error };
    case 'refused':
      return { index: -1, error: item.error };
  }
}

/** The broker ends itself when nobody asks it anything for half an hour. */
const leaseRenewalMs = 5 * 60_000;

/** Does work that may take long while the cell waits, and lets its broker know that it is still needed. */
export async function keepingLease<T>({ broker }: CellPlace, work: () => Promise<T>): Promise<T> {
  // A broker that cannot be asked is found out when the answer is handed over.
  const renewal = setInterval(() => broker.health().catch(() => {}), leaseRenewalMs);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
  }
}

export async function cellPlace(
  dependencies: Dependencies,
  { open, cellId, definition }: CellInput,
): Promise<CellPlace> {
  const { brokers, store, agents, stopping } = dependencies;
  const broker = await brokers.client(open.sandbox);
  const { kernelId, outputs } = open;
  return { broker, store, agents, definition, kernelId, cellId, outputs, stopping };
}
