import { defineSignal } from '@temporalio/workflow';
import type { LedgerDecision, LedgerRequest, Spend } from './ledger.ts';

/** A sub-agent asks the root. The same `sequence` again is the same request. */
export const reserveSignal = defineSignal<[LedgerRequest & { sequence: number }]>('reserve');

/** The root's answer to a request. */
export const grantSignal =
  defineSignal<[{ sequence: number; decision: Exclude<LedgerDecision, { kind: 'wait' }> }]>('grant');

/** A sub-agent has ended and spent this; null when it could not say: its lease counts as spent. */
export const settleSignal = defineSignal<[{ agentId: string; spent: Spend | null }]>('settle');
