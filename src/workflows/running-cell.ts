import type { Call, CallRecord } from '../agent/cell.ts';
import { openSandboxOf, type RunningAgent } from './running-agent.ts';

/** A cell that is running: where its calls come from. */
export interface RunningCell {
  cellId: string;
  records: CallRecord[];
  /** Calls that it made when it ran before, in a sandbox that was lost: they are answered as they were, and not counted. */
  known: ReadonlySet<string>;
  /** Calls that have no answer yet, with when they were made. */
  open: Map<string, { call: Call; startedAt: number }>;
}

/** What every activity at a cell is told of it. */
export function cellInput(agent: RunningAgent, { cellId }: Pick<RunningCell, 'cellId'>) {
  const { sandbox, kernelId, outputs } = openSandboxOf(agent);
  return { open: { sandbox, kernelId, outputs }, cellId, definition: agent.prepared.definition };
}

/** Calls that were open when their cell ended are part of its story too. */
export function recordOpenCalls(cell: RunningCell): void {
  for (const [callId, { call }] of cell.open) recordCall(cell, callId, { status: 'cancelled', failed: call.count });
}

/** How a call ended. */
export interface CallOutcome {
  status: CallRecord['status'];
  failed: number;
  /** Default: until now. */
  durationMs?: number;
  agents?: string[];
}

/** Takes an answered call into the story of its cell. */
export function recordCall({ open, records, known }: RunningCell, callId: string, outcome: CallOutcome): void {
  const made = open.get(callId);
  if (!made) return;
  open.delete(callId);
  if (known.has(callId)) return;
  const { call, startedAt } = made;
  const durationMs = Date.now() - startedAt;
  records.push({ callId, function: call.function, count: call.count, startedAt, durationMs, ...outcome });
}
