import { isQueryFunction } from '../agent/call-functions.ts';
import type { Call, CallRecord, CellProgress } from '../agent/cell.ts';
import { addModelUsage, noModelUsage } from '../agent/sum-usage.ts';
import type { ModelUsage } from '../agent/usage.ts';
import { activity } from './activity-scope.ts';
import { type AskedPrompts, askPrompts, overAllowance } from './ask-prompts.ts';
import { awaitProgress } from './cell-progress.ts';
import type { Dependencies } from './dependencies.ts';
import { type CellInput, cellPlace } from './run-cell.ts';

export interface AnswerQueriesInput extends CellInput, AskedPrompts {
  /** Also waits for what comes next, from this cursor on. */
  thenAfter: number | null;
  /** So many further queries, if they come one after another and soon, are answered too. */
  furtherQueries: number;
}

export interface QueriesAnswered {
  /** Of this call's own prompts. */
  usage: ModelUsage;
  failed: number;
  /** How long this call's own prompts took, in milliseconds. */
  durationMs: number;
  progress: CellProgress | null;
  further: FurtherQuery[];
}

/** A query that was answered along with the one before. */
export interface FurtherQuery {
  call: CallRecord;
  usage: ModelUsage;
}

/** Quick queries in a row are answered for so long, in milliseconds, before the workflow hears of them. */
const unheardMs = 1_000;

/** Answers the prompts of a call, and the quick queries that follow it: each then takes no round through Temporal. */
export function answerQueriesActivity(dependencies: Dependencies) {
  return activity(async (input: AnswerQueriesInput, signal, _report, patience): Promise<QueriesAnswered> => {
    const startedAt = performance.now();
    const place = await cellPlace(dependencies, input);
    const { usage, failed } = await askPrompts(dependencies, place, input, noModelUsage, patience);
    const durationMs = elapsedMs(startedAt);
    if (input.thenAfter === null) return { usage, failed, durationMs, progress: null, further: [] };

    let progress = await awaitProgress(place, input.thenAfter, signal);
    const further: FurtherQuery[] = [];
    let spent = usage;
    while (further.length < input.furtherQueries && elapsedMs(startedAt) < unheardMs) {
      if (dependencies.stopping.aborted) break;
      const call = loneQuery(progress);
      if (call === null || !mayGoOn(input.allowance, spent)) break;
      const began = { at: Date.now(), clock: performance.now() };
      const asked = { ...input, call, from: 0, to: 1, concurrency: 1 };
      const answered = await askPrompts(dependencies, place, asked, spent, patience);
      spent = addModelUsage(spent, answered.usage);
      further.push({ call: recordOf(call, answered.failed, began), usage: answered.usage });
      progress = await awaitProgress(place, progress.cursor, signal);
    }
    return { usage, failed, durationMs, progress, further };
  });
}

/** The only thing that the cell waits for, if that is the answer to one prompt. */
function loneQuery({ calls, end }: CellProgress): Call | null {
  const [call] = calls;
  const isOne = end === null && calls.length === 1 && call?.alone && !call.batch && call.count === 1;
  return call && isOne && isQueryFunction(call.function) ? call : null;
}

/** Where the allowance ends, or cannot be known to be kept, the workflow decides. */
function mayGoOn(allowance: AskedPrompts['allowance'], spent: ModelUsage): boolean {
  return overAllowance(allowance, spent) === null && (allowance.costUsd === null || spent.costUsd !== null);
}

function recordOf(
  { callId, function: name, count }: Call,
  failed: number,
  { at, clock }: { at: number; clock: number },
): CallRecord {
  const status = failed > 0 ? 'error' : 'ok';
  return { callId, function: name, status, count, failed, startedAt: at, durationMs: elapsedMs(clock) };
}

/** Whole milliseconds since a reading of the monotonic clock: clocks that people set may jump. */
function elapsedMs(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}
