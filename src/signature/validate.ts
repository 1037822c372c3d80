import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { coerce } from './coerce.ts';
import { schemaProblems } from './schema-problems.ts';
import { showField } from './show.ts';
import type { Field, JsonSchema } from './signature.ts';

export type Validation = { ok: true; values: Record<string, unknown> } | { ok: false; problems: string[] };

/** More problems than this help nobody, nor do longer ones: keys may be of any length. */
const maxProblems = 20;
const problemCharacters = 1_000;

/** Values with more parts than this are checked up to their first problem, so that a bad one cannot fill the memory. */
const manyParts = 20_000;

const cachedValidators = 1_000;

const options = { strict: false, validateFormats: false, verbose: true };
const thorough = new Ajv2020({ ...options, allErrors: true });
const quick = new Ajv2020(options);
const validators = new Map<string, ValidateFunction>();

/**
 * Checks values against fields: fills in defaults, makes lossless coercions, and otherwise says in a line each what is
 * missing, what nobody asked for, and what has the wrong type. The values come back in the order of the fields.
 *
 * For a field that may be left out and has no default, None means that it was.
 */
export function validateValues(fields: readonly Field[], values: Readonly<Record<string, unknown>>): Validation {
  const problems: string[] = [];
  const checked: [string, unknown][] = [];
  for (const field of fields) {
    const given = Object.hasOwn(values, field.name) ? values[field.name] : undefined;
    const value = given === undefined ? structuredClone(field.default) : coerce(field.schema, given);
    if (value === undefined) {
      if (field.required) problems.push(`${field.name}: missing (expected ${field.pythonType})`);
      continue;
    }
    const found = given === undefined ? [] : problemsOf(field, value);
    if (found.length > 0 && isLeftOut(field, given)) continue;
    problems.push(...found);
    checked.push([field.name, value]);
  }
  problems.push(...unknownFields(fields, values));
  return problems.length === 0
    ? { ok: true, values: Object.fromEntries(checked) }
    : { ok: false, problems: cap(problems) };
}

function isLeftOut(field: Field, given: unknown): boolean {
  return given === null && !field.required && field.default === undefined;
}

function problemsOf({ name, schema }: Field, value: unknown): string[] {
  const validate = validator(schema, !hasManyParts(value));
  if (validate(value)) return [];
  return schemaProblems(name, value, schema, validate.errors ?? []);
}

function unknownFields(fields: readonly Field[], values: Readonly<Record<string, unknown>>): string[] {
  const known = fields.map(showField).join(', ');
  return Object.keys(values)
    .filter((name) => !fields.some((field) => field.name === name))
    .map((name) => `${name}: there is no such field${known ? ` (the fields are ${known})` : ' (there are none)'}`);
}

function cap(problems: string[]): string[] {
  const shown = problems.slice(0, maxProblems).map(shorten);
  return problems.length <= maxProblems ? shown : [...shown, `and ${problems.length - maxProblems} more problems`];
}

function shorten(problem: string): string {
  return problem.length <= problemCharacters ? problem : `${problem.slice(0, problemCharacters)}…`;
}

function validator(schema: JsonSchema, allErrors: boolean): ValidateFunction {
  const key = (allErrors ? 'all ' : 'first ') + JSON.stringify(schema);
  const known = validators.get(key);
  if (known) return known;
  if (validators.size >= cachedValidators) {
    validators.clear();
    thorough.removeSchema();
    quick.removeSchema();
  }
  const compiled = (allErrors ? thorough : quick).compile(schema);
  validators.set(key, compiled);
  return compiled;
}

function hasManyParts(value: unknown): boolean {
  const pending = [value];
  let count = 0;
  while (pending.length > 0 && count <= manyParts) {
    const part = pending.pop();
    count += 1;
    if (typeof part !== 'object' || part === null) continue;
    const inner = Object.values(part);
    if (inner.length + pending.length + count > manyParts) return true;
    pending.push(...inner);
  }
  return count > manyParts;
}
