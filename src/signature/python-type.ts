import { parsePythonLiteral, showPythonLiteral } from './python-literal.ts';
import type { JsonSchema } from './signature.ts';
import { describe, type Token, type TokenReader } from './token-reader.ts';

/** A Python type: normalised text, and the schema of the JSON values that it has. */
export interface PythonType {
  text: string;
  schema: JsonSchema;
  /** The alternatives of a union. */
  members?: PythonType[];
}

const plainTypes: Record<string, PythonType> = {
  str: { text: 'str', schema: { type: 'string' } },
  int: { text: 'int', schema: { type: 'integer' } },
  float: { text: 'float', schema: { type: 'number' } },
  bool: { text: 'bool', schema: { type: 'boolean' } },
  None: { text: 'None', schema: { type: 'null' } },
  Any: { text: 'Any', schema: {} },
  object: { text: 'Any', schema: {} },
};

const parametrised: Record<string, (reader: TokenReader, start: Token, nesting: number) => PythonType> = {
  list: parseList,
  dict: parseDict,
  tuple: parseTuple,
  Optional: (reader, start, nesting) => union([parseOne(reader, start, nesting), plainTypes.None as PythonType]),
  Union: (reader, start, nesting) => union(parseArguments(reader, start, nesting)),
  Literal: parseLiteral,
};

const otherSpellings: Record<string, string> = { List: 'list', Dict: 'dict', Tuple: 'tuple' };

/** What to write instead of types that signatures do not have. */
const suggestions: Record<string, string> = {
  string: 'str',
  text: 'str',
  integer: 'int',
  number: 'float',
  double: 'float',
  boolean: 'bool',
  array: 'list',
  any: 'Any',
  null: 'None',
  none: 'None',
  optional: 'Optional[T]',
  union: 'T | U',
  literal: "Literal['a', 'b']",
  sequence: 'list[T]',
  iterable: 'list[T]',
  mapping: 'dict[str, V]',
  map: 'dict[str, V]',
  json: 'Any',
  set: 'list[T], as JSON has no sets',
  frozenset: 'list[T], as JSON has no sets',
  bytes: 'str, as JSON has no bytes',
  date: 'str, as JSON has no dates',
  datetime: 'str, as JSON has no dates',
};

const known =
  "str, int, float, bool, list[T], dict[str, V], tuple[T, U], Literal['a', 'b'], Optional[T], T | U, Any, None";

/** Types deeper than this are a mistake, and must not exhaust the stack. */
const maxNesting = 50;

/** Reads a type, unions included. */
export function parsePythonType(reader: TokenReader, nesting = 0): PythonType {
  const first = parseMember(reader, nesting);
  if (!reader.isAt('|')) return first;
  const members = [first];
  while (reader.take('|')) members.push(parseMember(reader, nesting));
  return union(members);
}

function parseMember(reader: TokenReader, nesting: number): PythonType {
  const token = reader.next();
  if (nesting > maxNesting) reader.fail('nested too deeply', token.position);
  if (token.kind !== 'name') reader.fail(`expected a type, found ${describe(token)}`, token.position);
  const given = token.text.replace(/^typing\./, '');
  const name = otherSpellings[given] ?? given;
  const parse = Object.hasOwn(parametrised, name) ? parametrised[name] : undefined;
  if (parse) return parse(reader, token, nesting + 1);
  const plain = Object.hasOwn(plainTypes, name) ? plainTypes[name] : undefined;
  if (!plain) return unknownType(reader, token);
  if (reader.isAt('[')) reader.fail(`${name} takes no type in brackets`, reader.peek().position);
  return plain;
}

function unknownType(reader: TokenReader, { text, position }: Token): never {
  const suggestion = suggestions[text.toLowerCase()];
  const hint = suggestion ? `; write ${suggestion}` : `; the types are ${known}`;
  return reader.fail(`unknown type "${text}"${hint}`, position);
}

function parseArguments(reader: TokenReader, start: Token, nesting: number): PythonType[] {
  reader.expect('[', `after ${start.text}`);
  const types = [parsePythonType(reader, nesting)];
  while (reader.take(',')) types.push(parsePythonType(reader, nesting));
  reader.expect(']', `at the end of ${start.text}[…`);
  return types;
}

function parseOne(reader: TokenReader, start: Token, nesting: number): PythonType {
  const [type, ...more] = parseArguments(reader, start, nesting);
  if (!type || more.length > 0) return reader.fail(`${start.text} takes one type in brackets`, start.position);
  return type;
}

function parseList(reader: TokenReader, start: Token, nesting: number): PythonType {
  if (!reader.isAt('[')) return { text: 'list', schema: { type: 'array' } };
  const item = parseOne(reader, start, nesting);
  return { text: `list[${item.text}]`, schema: { type: 'array', items: item.schema } };
}

function parseDict(reader: TokenReader, start: Token, nesting: number): PythonType {
  if (!reader.isAt('[')) return { text: 'dict', schema: { type: 'object' } };
  const [key, value, ...more] = parseArguments(reader, start, nesting);
  if (!key || !value || more.length > 0) return reader.fail('dict takes two types: dict[str, V]', start.position);
  if (key.text !== 'str') reader.fail(`a dict's keys must be str, as in JSON; found ${key.text}`, start.position);
  return { text: `dict[str, ${value.text}]`, schema: { type: 'object', additionalProperties: value.schema } };
}

function parseTuple(reader: TokenReader, start: Token, nesting: number): PythonType {
  if (!reader.take('[')) return { text: 'list', schema: { type: 'array' } };
  const items = [parsePythonType(reader, nesting)];
  while (reader.take(',')) {
    if (items.length === 1 && reader.take('...')) {
      reader.expect(']', `at the end of ${start.text}[…`);
      return { text: `tuple[${items[0]?.text}, ...]`, schema: { type: 'array', items: items[0]?.schema } };
    }
    items.push(parsePythonType(reader, nesting));
  }
  reader.expect(']', `at the end of ${start.text}[…`);
  const schemas = items.map((item) => item.schema);
  return {
    text: `tuple[${items.map((item) => item.text).join(', ')}]`,
    schema: { type: 'array', prefixItems: schemas, items: false, minItems: items.length, maxItems: items.length },
  };
}

function parseLiteral(reader: TokenReader, start: Token): PythonType {
  reader.expect('[', 'after Literal');
  const values: unknown[] = [];
  do {
    const { position } = reader.peek();
    const value = parsePythonLiteral(reader);
    if (typeof value === 'object' && value !== null) reader.fail('Literal takes no lists or dicts', position);
    values.push(value);
  } while (reader.take(','));
  reader.expect(']', `at the end of ${start.text}[…`);
  const texts = values.every((value) => typeof value === 'string');
  return {
    text: `Literal[${values.map(showPythonLiteral).join(', ')}]`,
    schema: { ...(texts ? { type: 'string' } : {}), enum: [...new Set(values)] },
  };
}

function union(types: PythonType[]): PythonType {
  const members = new Map(types.flatMap((type) => type.members ?? [type]).map((type) => [type.text, type]));
  const distinct = [...members.values()];
  if (distinct.length === 1 && distinct[0]) return distinct[0];
  return {
    text: distinct.map((type) => type.text).join(' | '),
    schema: { anyOf: distinct.map((type) => type.schema) },
    members: distinct,
  };
}
