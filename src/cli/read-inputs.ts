import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { suggestion } from '../config/nearest-name.ts';
import { UsageError } from '../errors.ts';
import { coerce } from '../signature/coerce.ts';
import { matchesSchema } from '../signature/matches-schema.ts';
import type { Field, Signature } from '../signature/signature.ts';
import { validateValues } from '../signature/validate.ts';
import { onOneLine } from './printable.ts';

/** Files open at once, well below what a process may have. */
const filesAtOnce = 64;

/**
 * Reads what `-i` gave: `name=VALUE`, `name=@file`, `name=@glob`, with `@@` for a literal `@`. Values are read as the
 * declared type: a `str` as it is, anything else as JSON.
 *
 * Throws {@link UsageError} that names the input: undeclared, missing, given twice, of another type, no such file.
 */
export async function readInputs(signature: Signature, given: readonly string[]): Promise<Record<string, unknown>> {
  const texts = new Map<Field, string>();
  for (const option of given) {
    const [name = '', text] = option.split(/=(.*)/s);
    if (text === undefined) throw new UsageError(`-i ${onOneLine(option, 100)}: write NAME=VALUE, or NAME=@FILE`);
    const field = signature.inputs.find((input) => input.name === name);
    if (!field) throw new UsageError(undeclared(name, signature));
    if (texts.has(field)) throw new UsageError(`input "${name}" is given twice`);
    texts.set(field, text);
  }
  const missing = signature.inputs.filter((field) => field.required && !texts.has(field));
  if (missing.length > 0) {
    const fields = missing.map(({ name, pythonType }) => `${name} (${pythonType})`).join(', ');
    throw new UsageError(`missing input: ${fields}; give it with -i ${missing[0]?.name}=VALUE or =@FILE`);
  }
  const values: Record<string, unknown> = {};
  for (const [field, text] of texts) values[field.name] = await readValue(field, text);
  const checked = validateValues(signature.inputs, values);
  if (!checked.ok) throw new UsageError(`inputs: ${checked.problems.join('; ')}`);
  return checked.values;
}

function undeclared(name: string, { inputs }: Signature): string {
  const names = inputs.map((input) => input.name);
  const known = names.length > 0 ? `the inputs are ${names.join(', ')}` : 'there are none';
  return `the signature has no input "${onOneLine(name, 60)}" (${known})${suggestion(name, names)}`;
}

async function readValue(field: Field, text: string): Promise<unknown> {
  if (text.startsWith('@@')) return parseValue(field, text.slice(1));
  if (!text.startsWith('@')) return parseValue(field, text);
  const path = text.slice(1);
  if (path === '') throw new UsageError(`input "${field.name}": there is no file name after @ (@@ is a literal @)`);
  // A name with brackets may be a file's own.
  if (isDynamicPattern(path) && !(await isFile(path))) return readMatches(field, path);
  return readOne(field, path);
}

function parseValue(field: Field, text: string): unknown {
  if (isText(field)) return text;
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: it may still be one of the words that the type allows.
    const value = coerce(field.schema, text);
    if (matchesSchema(field.schema, value)) return value;
    throw new UsageError(
      `input "${field.name}": ${onOneLine(text, 60)} is not of type ${field.pythonType}; write it as JSON, or name a file with @`,
    );
  }
}

async function readOne(field: Field, path: string): Promise<unknown> {
  const text = await readText(field, path);
  if (extname(path).toLowerCase() !== '.json') return text;
  try {
    const value: unknown = JSON.parse(text);
    return isText(field) && typeof value !== 'string' ? text : value;
  } catch (error) {
    throw new UsageError(`input "${field.name}": ${path} is not JSON: ${(error as Error).message}`);
  }
}

async function readMatches(field: Field, pattern: string): Promise<string[]> {
  const paths = (await glob(pattern, { onlyFiles: true, expandDirectories: false })).sort();
  if (paths.length === 0) throw new UsageError(`input "${field.name}": no file matches ${pattern}`);
  const texts: string[] = [];
  for (let from = 0; from < paths.length; from += filesAtOnce) {
    const batch = paths.slice(from, from + filesAtOnce);
    texts.push(...(await Promise.all(batch.map((path) => readText(field, path)))));
  }
  return texts;
}

async function readText(field: Field, path: string): Promise<string> {
  const bytes = await readBytes(field, path);
  try {
    // Without a byte order mark, which the decoder takes away.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(
      `input "${field.name}": ${path} is not UTF-8 text; convert it, for example with: iconv -f latin1 -t utf-8`,
    );
  }
}

async function readBytes(field: Field, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const reasons: Record<string, string> = {
      ENOENT: 'there is no such file',
      EISDIR: 'it is a folder; a glob such as FOLDER/* reads its files',
      EACCES: 'permission denied',
    };
    throw new UsageError(`input "${field.name}": cannot read ${path}: ${reasons[code] ?? message}`);
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

function isText(field: Field): boolean {
  return field.schema.type === 'string' && !('enum' in field.schema);
}
