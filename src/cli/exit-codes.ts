import type { RunDocument } from '../results/run-document.ts';

/** What the `rlm` command ends with. */
export const exitCodes = {
  submitted: 0,
  usage: 2,
  /** A limit was reached; there is a fallback answer. */
  limit: 3,
  failed: 4,
  cancelled: 130,
} as const;

/** The exit code of a run that has ended. */
export function exitCodeOf({ status, finish }: Pick<RunDocument, 'status' | 'finish'>): number {
  if (status === 'cancelled') return exitCodes.cancelled;
  if (status === 'failed') return exitCodes.failed;
  return finish === 'limit' ? exitCodes.limit : exitCodes.submitted;
}
