import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { ConfigFile } from './config-schema.ts';
import { suggestion } from './nearest-name.ts';

type Path = readonly PropertyKey[];

/**
 * Reads and checks a config file.
 *
 * Throws {@link UsageError} with the file's name and line when it cannot be read, is not YAML, has an unknown key, or
 * a value of the wrong type.
 */
export function readConfigFile(file: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(read(file), { lineCounter: lines, prettyErrors: false });
  const [syntaxError] = document.errors;
  if (syntaxError) throw mistake(file, lines.linePos(syntaxError.pos[0]).line, syntaxError.message);
  const parsed = ConfigFile.safeParse(document.toJS() ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (!issue) throw parsed.error;
  const lineOf = (path: Path) => lines.linePos(offsetOf(document, path)).line;
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const place = issue.path.length === 0 ? '' : ` in ${issue.path.join('.')}`;
    const known = knownKeys(ConfigFile, issue.path);
    throw mistake(file, lineOf([...issue.path, key]), `unknown key "${key}"${place}${suggestion(key, known)}`);
  }
  const name = issue.path.join('.') || 'the file';
  throw mistake(file, lineOf(issue.path), `${name}: ${issue.message.replace(/^Invalid input: /, '')}`);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = { ENOENT: 'there is no such file', EISDIR: 'it is a folder' }[code ?? ''] ?? message;
    throw new UsageError(`cannot read the config file ${file}: ${reason}`);
  }
}

function mistake(file: string, line: number, message: string): UsageError {
  return new UsageError(`${basename(file)}:${line}: ${message}`);
}

/** Where the key that a path ends with stands; the nearest part of the path that exists, where it does not. */
function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const part of path) {
    if (!isMap(node)) return offset;
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
    if (!pair || !isScalar(pair.key)) return offset;
    offset = pair.key.range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}

/** The keys that the schema allows at a path. */
function knownKeys(schema: unknown, path: Path): string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return knownKeys(schema.unwrap(), path);
  if (schema instanceof z.ZodRecord) return knownKeys(schema.valueType, path.slice(1));
  if (!(schema instanceof z.ZodObject)) return [];
  const [next, ...rest] = path;
  return next === undefined ? Object.keys(schema.shape) : knownKeys(schema.shape[String(next)], rest);
}
