import type { FurtherQuery } from '../activities/answer-queries.ts';
import type { CellProgress } from '../agent/cell.ts';
import type { ModelUsage } from '../agent/usage.ts';
import type { StoredValue } from '../artifacts/stored-value.ts';
import type { Happening } from './run-events.ts';

/** What the activities that answer calls return, as far as it tells something. */
export interface AnsweredCall {
  failed: number | boolean;
  usage?: ModelUsage;
  progress: CellProgress | null;
  further?: FurtherQuery[];
}

/** What those activities are given, as far as it tells something: of a large batch a part. */
interface GivenCall {
  call: { function: string; callId: string; arguments: StoredValue };
  from?: number;
  to?: number;
}

/** A call that begins to be answered, by the input of its activity. */
export function callStarted(iteration: number, input: unknown): Happening {
  const given = input as GivenCall;
  return { type: 'call-started', iteration, ...partOf(given), asked: given.call.arguments };
}

/** A call that was answered, and the queries that were answered along with it. */
export function callsEnded(iteration: number, input: unknown, answered: AnsweredCall): Happening[] {
  const { failed, usage = null, further = [] } = answered;
  return [
    { type: 'call-ended', iteration, ...partOf(input as GivenCall), failed: Number(failed), usage },
    ...further.flatMap((query) => furtherCall(iteration, query)),
  ];
}

function furtherCall(iteration: number, further: FurtherQuery): Happening[] {
  const { usage } = further;
  const { callId, function: name, count, failed } = further.call;
  const call = { iteration, function: name, count, callId, from: 0 };
  return [
    { type: 'call-started', ...call, asked: null },
    { type: 'call-ended', ...call, failed, usage },
  ];
}

function partOf({ call, from = 0, to = from + 1 }: GivenCall) {
  return { function: call.function, count: to - from, callId: call.callId, from };
}
