import { z } from 'zod';
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
  const parsed = parseValue(limit, value);
  if (!parsed.success) throw new UsageError(`--limit ${text}: ${parsed.error.issues[0]?.message ?? 'invalid value'}`);
  return { [limit]: parsed.data };
}

/** Reads limits that were filled in, by their names, as {@link parseLimit} does. What was left empty is not given. */
export function readFilledIn(texts: Readonly<Record<string, string>>): LimitsInput {
  const limits: LimitsInput = {};
  for (const [name, text] of Object.entries(texts)) {
    const limit = limitNames.find((known) => known === name);
    if (!limit) throw new UsageError(`unknown limit "${name}"${suggestion(name, limitNames)}`);
    if (text.trim() === '') continue;
    const parsed = parseValue(limit, text.trim());
    if (!parsed.success) throw new UsageError(`${limit} is "${text}"; it must be ${kindOf(limit)}`);
    Object.assign(limits, { [limit]: parsed.data });
  }
  return limits;
}

function parseValue(limit: LimitName, text: string) {
  return Limits.shape[limit].safeParse(text === 'none' ? null : text.trim() === '' ? text : Number(text));
}

function kindOf(limit: LimitName): string {
  const { anyOf, ...only } = z.toJSONSchema(Limits.shape[limit], { io: 'input' });
  const { type, exclusiveMinimum } = anyOf?.[0] ?? only;
  const number = type === 'integer' ? 'a whole number' : 'a number';
  return `${number} ${exclusiveMinimum === undefined ? 'of 0 or more' : 'above 0'}${anyOf ? ', or none' : ''}`;
}
