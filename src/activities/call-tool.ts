import type { Call, CellProgress } from '../agent/cell.ts';
import type { AnswerSource } from '../agent/journal.ts';
import type { Records } from '../artifacts/paid-records.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { loadValue } from '../artifacts/stored-value.ts';
import { callDefinedTool, type Tool, type ToolOutcome } from '../tool.ts';
import { activity } from './activity-scope.ts';
import { answerName, type Lineage } from './answer-record.ts';
import { awaitProgress } from './cell-progress.ts';
import type { Dependencies } from './dependencies.ts';
import { failure } from './failures.ts';
import { type CellInput, cellPlace, keepingLease } from './run-cell.ts';

export interface CallToolInput extends CellInput {
  lineage: Lineage;
  call: Pick<Call, 'callId' | 'function' | 'arguments'>;
  timeoutMs: number;
  /** Where else its outcome may be kept: of the agents that this one was forked from. */
  earlier: AnswerSource[];
  /** Also waits for what comes next, from this cursor on. */
  thenAfter: number | null;
}

export interface ToolCalled {
  failed: boolean;
  progress: CellProgress | null;
}

/**
 * Runs a user's tool and hands what it returned, or its error's message, to the waiting cell. Tools that are not idempotent
 * are begun once, whatever happens: an attempt that finds one begun and not ended does not know what became of it.
 */
export function callToolActivity(dependencies: Dependencies) {
  return activity(async (input: CallToolInput, signal, _report, patience): Promise<ToolCalled> => {
    const { agents, store, paid } = dependencies;
    const { callId, function: name } = input.call;
    const place = await cellPlace(dependencies, input);
    const tool = agents.get(input.definition ?? '')?.tools[name];
    if (!tool) throw failure('UnknownAgent', `this worker has no agent "${input.definition}" with a tool "${name}"`);

    const record = answerName(input.lineage, callId);
    const records = paid.during(patience);
    const kept = await firstRecord(records, [
      record,
      ...input.earlier.map((source) => answerName(source.lineage, callId)),
    ]);
    let outcome: ToolOutcome;
    if (kept) {
      const { asked: _asked, durationMs: _durationMs, ...answered } = JSON.parse(Buffer.from(kept).toString('utf8'));
      outcome = answered as ToolOutcome;
    } else {
      const given = await loadValue(store, input.call.arguments);
      const context = { callId, signal, timeoutMs: input.timeoutMs };
      const startedAt = performance.now();
      const mayBegin = tool.idempotent || (await beginOnce(store, `${record}.begun`));
      outcome = mayBegin
        ? await keepingLease(place, () => callWithinTime(name, tool, given, context))
        : { error: `${name} was under way when its worker ended; whether it did its work is not known` };
      const told = { asked: input.call.arguments, durationMs: Math.round(performance.now() - startedAt) };
      await records.writeRecord(record, Buffer.from(JSON.stringify({ ...outcome, ...told })));
    }
    await place.broker.answer({ kernelId: input.open.kernelId, callId, items: [{ index: 0, ...outcome }] });
    const progress = input.thenAfter === null ? null : await awaitProgress(place, input.thenAfter, signal);
    return { failed: 'error' in outcome, progress };
  });
}

async function firstRecord(records: Records, names: readonly string[]): Promise<Uint8Array | null> {
  for (const name of names) {
    const bytes = await records.readRecord(name);
    if (bytes !== null) return bytes;
  }
  return null;
}

/** False where an attempt before began it. */
async function beginOnce(store: ArtifactStore, record: string): Promise<boolean> {
  if ((await store.readRecord(record)) !== null) return false;
  await store.writeRecord(record, Buffer.from('begun'));
  return true;
}

/** A tool that does not heed its signal is not waited for either. */
async function callWithinTime(
  name: string,
  tool: Tool,
  given: unknown,
  { callId, signal, timeoutMs }: { callId: string; signal: AbortSignal; timeoutMs: number },
): Promise<ToolOutcome> {
  const expiry = AbortSignal.timeout(timeoutMs);
  const stop = AbortSignal.any([signal, expiry]);
  const stopped = new Promise<never>((_, reject) => {
    stop.addEventListener('abort', () => reject(stop.reason), { once: true });
  });
  try {
    return await Promise.race([callDefinedTool(name, tool, given, { callId, signal: stop }), stopped]);
  } catch (error) {
    if (signal.aborted || !expiry.aborted) throw error;
    return { error: `${name} took longer than ${timeoutMs / 1_000} s` };
  }
}
