import { coerce } from './coerce.ts';
import { matchesSchema } from './matches-schema.ts';
import { parsePythonLiteral, showPythonLiteral } from './python-literal.ts';
import { parsePythonType } from './python-type.ts';
import { nameProblem } from './reserved-names.ts';
import { showSignature } from './show.ts';
import type { Field, Signature } from './signature.ts';
import { describe, TokenReader } from './token-reader.ts';

const example = 'documents: list[str], question: str -> answer: str';

/**
 * Reads a signature such as `documents: list[str], question: str -> answer: str`.
 *
 * A field without a type is a `str`; `= LITERAL` gives it a default. Throws `SignatureError`, whose one-line message
 * names the column.
 */
export function parseSignature(text: string): Signature {
  const reader = new TokenReader(text);
  const seen = new Map<string, string>();
  const inputs = parseFields(reader, 'input', seen);
  const arrow = reader.peek();
  if (!reader.take('->')) {
    const missing =
      arrow.kind === 'end' ? 'missing "->" before the outputs' : `expected "," or "->", found ${describe(arrow)}`;
    reader.fail(`${missing}; a signature reads like ${example}`, arrow.position);
  }
  const outputs = parseFields(reader, 'output', seen);
  const rest = reader.peek();
  if (rest.kind !== 'end') reader.fail(`expected "," or the end, found ${describe(rest)}`, rest.position);
  if (outputs.length === 0) reader.fail('no outputs after "->"; name at least one', rest.position);
  return { text: showSignature(inputs, outputs), inputs, outputs };
}

function parseFields(reader: TokenReader, role: 'input' | 'output', seen: Map<string, string>): Field[] {
  const fields: Field[] = [];
  while (reader.peek().kind !== 'end' && !reader.isAt('->')) {
    fields.push(parseField(reader, role, seen));
    if (!reader.take(',')) break;
  }
  return fields;
}

function parseField(reader: TokenReader, role: 'input' | 'output', seen: Map<string, string>): Field {
  const token = reader.next();
  if (token.kind !== 'name') reader.fail(`expected the name of an ${role}, found ${describe(token)}`, token.position);
  const name = token.text;
  const problem = nameProblem(name, role);
  if (problem) reader.fail(problem, token.position);
  const before = seen.get(name);
  if (before) reader.fail(`"${name}" is already the name of an ${before}`, token.position);
  seen.set(name, role);

  const type = reader.take(':') ? parsePythonType(reader) : { text: 'str', schema: { type: 'string' } };
  const field: Field = { name, pythonType: type.text, schema: type.schema, required: true };
  if (!reader.take('=')) return field;
  const { position } = reader.peek();
  const given = parsePythonLiteral(reader);
  const value = coerce(type.schema, given);
  if (!matchesSchema(type.schema, value)) {
    reader.fail(`the default ${showPythonLiteral(given)} is not of type ${type.text}`, position);
  }
  return { ...field, required: false, default: value };
}
