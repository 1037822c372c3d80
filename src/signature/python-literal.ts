import { describe, type TokenReader } from './token-reader.ts';

const constants: Record<string, unknown> = {
  True: true,
  False: false,
  None: null,
  true: true,
  false: false,
  null: null,
};

/** Literals deeper than this are a mistake, and must not exhaust the stack. */
const maxNesting = 50;

/** Reads a Python literal that JSON can hold: a string, number, `True`, `False`, `None`, a list or a dict of them. */
export function parsePythonLiteral(reader: TokenReader, nesting = 0): unknown {
  const token = reader.next();
  if (nesting > maxNesting) reader.fail('nested too deeply', token.position);
  if (token.kind === 'string') return token.value;
  if (token.kind === 'number') {
    if (!Number.isFinite(token.value)) reader.fail(`${token.text} is too large a number`, token.position);
    return token.value;
  }
  if (token.kind === 'name' && Object.hasOwn(constants, token.text)) return constants[token.text];
  if (token.kind === 'symbol' && token.text === '[') return parseItems(reader, nesting);
  if (token.kind === 'symbol' && token.text === '{') return parseEntries(reader, nesting);
  return reader.fail(
    `expected a literal such as 'text', 3, True, None or [], found ${describe(token)}`,
    token.position,
  );
}

function parseItems(reader: TokenReader, nesting: number): unknown[] {
  const items: unknown[] = [];
  while (!reader.take(']')) {
    items.push(parsePythonLiteral(reader, nesting + 1));
    if (!reader.isAt(']')) reader.expect(',', 'between the items of a list');
  }
  return items;
}

function parseEntries(reader: TokenReader, nesting: number): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  while (!reader.take('}')) {
    const key = reader.next();
    if (key.kind !== 'string') reader.fail(`expected a string as a dict's key, found ${describe(key)}`, key.position);
    reader.expect(':', "after a dict's key");
    entries.push([key.value, parsePythonLiteral(reader, nesting + 1)]);
    if (!reader.isAt('}')) reader.expect(',', 'between the items of a dict');
  }
  return Object.fromEntries(entries);
}

/** A JSON value as Python writes it, on one line. */
export function showPythonLiteral(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return showString(value);
  if (Array.isArray(value)) return `[${value.map(showPythonLiteral).join(', ')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value).map(([key, item]) => `${showString(key)}: ${showPythonLiteral(item)}`);
    return `{${entries.join(', ')}}`;
  }
  return String(value);
}

function showString(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  return text.includes("'") && !text.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`;
}
