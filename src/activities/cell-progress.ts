import { createHash } from 'node:crypto';
import { checkCall } from '../agent/call-arguments.ts';
import { isSubAgentFunction } from '../agent/call-functions.ts';
import type { Call, CellEnd, CellProgress } from '../agent/cell.ts';
import type { ArtifactReference, ArtifactStore } from '../artifacts/store.ts';
import { storeValue } from '../artifacts/stored-value.ts';
import type { BrokerClient } from '../repl/broker-client.ts';
import type { CallEvent, EndedEvent, SubmitEvent } from '../repl/protocol.ts';
import { Field } from '../signature/signature.ts';
import { checkOutputs } from './check-outputs.ts';
import type { Dependencies } from './dependencies.ts';
import { subTasks } from './sub-tasks.ts';

/** How long one activity waits for a cell's next event; then the workflow asks again. */
const pollMs = 20_000;

const previewCharacters = 300;

/** What one activity tells of several calls, in bytes of JSON. The rest is for the next, while the workflow begins. */
const largestReport = 500_000;

/**
 * The largest call. Only the tasks of sub-agents, which are part of it, can be this many; a workflow starts all of them
 * that may go at once by one message to Temporal, which takes 4 MB.
 */
const largestCall = 4_000_000;

export interface CellPlace {
  broker: BrokerClient;
  store: ArtifactStore;
  kernelId: string;
  cellId: string;
  outputs: ArtifactReference;
  agents: Dependencies['agents'];
  definition: string | null;
  stopping: AbortSignal;
}

/**
 * Waits for the cell's next calls or its end, or until the worker is told to stop: another one then waits on. Submissions
 * get their verdict here, without a word from the workflow.
 */
export async function awaitProgress(
  place: CellPlace,
  after: number,
  signal: AbortSignal,
  waitAtMostMs = pollMs,
): Promise<CellProgress> {
  const { broker, store, cellId, stopping } = place;
  const deadline = performance.now() + waitAtMostMs;
  const stop = AbortSignal.any([signal, stopping]);
  const calls: Call[] = [];
  let cursor = after;
  let reported = 0;
  let submitted: Record<string, unknown> | null = null;
  for (;;) {
    const waitMs = Math.max(0, Math.ceil(deadline - performance.now()));
    const batch = await broker.events({ after: cursor, waitMs, signal: stop }).catch((error: unknown) => {
      if (stopping.aborted && !signal.aborted) return null;
      throw error;
    });
    if (batch === null) return { cursor, calls, end: null };
    for (const event of batch.events) {
      if (event.cellId !== cellId) continue;
      if (event.type === 'call') {
        const call = await toCall(store, event);
        const bytes = Buffer.byteLength(JSON.stringify(call));
        if (bytes > largestCall) {
          await refuse(place, event, `${event.count} tasks are too much for one call; give them in several`);
          continue;
        }
        reported += bytes;
        if (calls.length > 0 && reported > largestReport) return { cursor: event.seq - 1, calls, end: null };
        calls.push(call);
      }
      if (event.type === 'submit') submitted = (await judge(place, event)) ?? submitted;
      if (event.type === 'ended') {
        return { cursor: batch.cursor, calls, end: await toEnd(place, event, submitted) };
      }
    }
    cursor = batch.cursor;
    if (calls.length > 0 || waitMs === 0) return { cursor, calls, end: null };
  }
}

async function toCall(store: ArtifactStore, event: CallEvent): Promise<Call> {
  checkCall(event);
  const { callId, count, batch, alone } = event;
  const call = {
    callId,
    function: event.function,
    arguments: await storeValue(store, event.arguments),
    count,
    batch,
    alone,
  };
  return isSubAgentFunction(event.function) ? { ...call, tasks: await subTasks(store, event) } : call;
}

async function refuse({ broker, kernelId }: CellPlace, { callId }: CallEvent, error: string): Promise<void> {
  await broker.answer({ kernelId, callId, items: [{ index: -1, error }] });
}

async function judge(
  { broker, store, kernelId, outputs, agents, definition }: CellPlace,
  event: SubmitEvent,
): Promise<Record<string, unknown> | null> {
  const fields = Field.array().parse(JSON.parse(Buffer.from(await store.get(outputs)).toString('utf8')));
  const checked = await checkOutputs(agents, definition, fields, event.values);
  if (checked.ok)
    await store.writeRecord(submissionName(kernelId, event.cellId), Buffer.from(JSON.stringify(checked.values)));
  const item = checked.ok ? { index: 0, value: true } : { index: 0, error: checked.problems.join('; ') };
  await broker.answer({ kernelId, callId: event.callId, items: [item] });
  return checked.ok ? checked.values : null;
}

async function toEnd(
  { store, kernelId, cellId }: CellPlace,
  event: EndedEvent,
  submitted: Record<string, unknown> | null,
): Promise<CellEnd> {
  const end = await storeEnd(store, event);
  if (end.status !== 'submitted') return end;
  const values = submitted ?? (await readSubmission(store, kernelId, cellId));
  return { ...end, submitted: values === null ? null : await storeValue(store, values) };
}

/** The end of a cell that did not submit, as it crosses the history. */
export async function storeEnd(store: ArtifactStore, event: EndedEvent): Promise<CellEnd> {
  const { cellId, status, durationMs, note } = event;
  const output = await store.put(Buffer.from(JSON.stringify(event)));
  return {
    ...{ cellId, status, output, durationMs, note },
    digest: digestOf(event),
    preview: preview(event),
    submitted: null,
  };
}

/** The verdict and the cell's end may be seen by two activities, or by two attempts of one. */
function submissionName(kernelId: string, cellId: string): string {
  return `submissions/${kernelId}/${cellId}`;
}

async function readSubmission(
  store: ArtifactStore,
  kernelId: string,
  cellId: string,
): Promise<Record<string, unknown> | null> {
  const bytes = await store.readRecord(submissionName(kernelId, cellId));
  return bytes === null ? null : (JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>);
}

function digestOf({ status, stdout, stderr, error }: EndedEvent): string {
  const shown = JSON.stringify([status, stdout, stderr, error]);
  return createHash('sha256').update(shown).digest('hex').slice(0, 16);
}

function preview({ error, stdout, stderr }: EndedEvent): string {
  const text = error ? `${error.type}: ${error.message}` : stdout.head || stderr.head;
  return text.length > previewCharacters ? `${text.slice(0, previewCharacters)}…` : text;
}
