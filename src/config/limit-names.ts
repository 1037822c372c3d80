import { Limits, type LimitsInput } from '../agent/limits.ts';
import { UsageError } from '../errors.ts';
import { suggestion } from './nearest-name.ts';

export type LimitName = keyof Limits;

export const limitNames = Object.keys(Limits.shape) as LimitName[];

/** A limit's name in a config file: `maxIterations` is `max_iterations`, and `timeout` is `global_timeout`. */
export function configName(limit: LimitName): string {
  if (limit === 'timeout') return 'global_timeout';
  return limit.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}

/**
 * Reads one `--limit NAME=VALUE`. Seconds are numbers, `none` lifts a limit that can be lifted.
 *
 * Throws {@link UsageError} when the name is unknown or the value does not fit.
 */
export function parseLimit(text: string): LimitsInput {
  const [name = '', value] = text.split(/=(.*)/s);
  if (value === undefined) throw new UsageError(`--limit ${text}: write NAME=VALUE, such as maxIterations=40`);
  const limit = limitNames.find((known) => known === name || configName(known) === name);
  if (!limit) throw new UsageError(`--limit ${text}: unknown limit "${name}"${suggestion(name, limitNames)}`);
  const parsed = Limits.shape[limit].safeParse(value === 'none' ? null : value.trim() === '' ? value : Number(value));
  if (!parsed.success) throw new UsageError(`--limit ${text}: ${parsed.error.issues[0]?.message ?? 'invalid value'}`);
  return { [limit]: parsed.data };
}
