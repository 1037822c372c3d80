import { randomBytes } from 'node:crypto';
import { UsageError } from '../errors.ts';

/** NAME_YYYYMMDD_HHMMSS_abcd */
export function newRunId(name: string, now = new Date()): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '_').slice(0, 15);
  return `${name}_${stamp}_${randomBytes(2).toString('hex')}`;
}

/** The id, if it can be one. A slash would make it look like a sub-agent's. Throws {@link UsageError}. */
export function checkedRunId(runId: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(runId)) return runId;
  throw new UsageError(`run id "${runId}": use letters, digits, ".", "_" and "-", at most 200`);
}
