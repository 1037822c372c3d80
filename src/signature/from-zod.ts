import { z } from 'zod';
import { SignatureError } from '../errors.ts';
import { pythonTypeOfSchema } from './python-type-of-schema.ts';
import { type NameRole, nameProblem } from './reserved-names.ts';
import { isObject } from './resolve-reference.ts';
import { showSignature } from './show.ts';
import type { Field, JsonSchema, Signature } from './signature.ts';

/** The schemas that a signature is made from. No inputs at all is an empty object. */
export interface ZodSignature {
  inputs: z.ZodObject;
  outputs: z.ZodObject;
}

/**
 * Makes a signature from zod objects. Each field is what goes into its zod schema: a transform or coercion is applied
 * by whoever parses the values afterwards. Throws `SignatureError` for fields that have no JSON Schema.
 */
export function signatureFromZod({ inputs, outputs }: ZodSignature): Signature {
  const inputFields = fieldsFromZod(inputs, 'input');
  const outputFields = fieldsFromZod(outputs, 'output');
  if (outputFields.length === 0) throw new SignatureError('outputs: name at least one field', null);
  const shared = outputFields.find(({ name }) => inputFields.some((input) => input.name === name));
  if (shared) throw new SignatureError(`output: "${shared.name}" is already the name of an input`, null);
  return { text: showSignature(inputFields, outputFields), inputs: inputFields, outputs: outputFields };
}

/** The fields of a zod object, in its order. Throws `SignatureError` for names and types that cannot be used. */
export function fieldsFromZod(object: z.ZodObject, role: Exclude<NameRole, 'tool'>): Field[] {
  const converted = Object.entries(object.shape).map(([name, type]) => {
    const problem = nameProblem(name, role);
    if (problem) throw new SignatureError(`${role}: ${problem}`, null);
    return { name, schema: convert(type as z.ZodType, `${role} "${name}"`) };
  });
  const { required = [] } = z.toJSONSchema(object, { io: 'input' });
  return converted.map(({ name, schema: { description, default: value, ...schema } }) => ({
    name,
    pythonType: pythonTypeOfSchema(schema),
    schema,
    required: required.includes(name),
    ...(value === undefined ? {} : { default: value }),
    ...(typeof description === 'string' ? { description } : {}),
  }));
}

function convert(type: z.ZodType, place: string): JsonSchema {
  let schema: JsonSchema;
  try {
    const { $schema, '~standard': standard, ...rest } = z.toJSONSchema(type, { io: 'input' });
    schema = rest;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SignatureError(`${place}: ${reason}; use what JSON has, such as a string, number, list or object`, null);
  }
  checkSchema(schema, place);
  return schema;
}

/** Refuses what zod can write as JSON Schema but no JSON value or validator can serve. */
function checkSchema(schema: unknown, place: string): void {
  if (Array.isArray(schema)) for (const item of schema) checkSchema(item, place);
  if (!isObject(schema)) return;
  if (schema.contentEncoding === 'binary') throw new SignatureError(`${place}: a file is not a JSON value`, null);
  if (typeof schema.pattern === 'string') checkPattern(schema.pattern, place);
  for (const inner of Object.values(schema)) checkSchema(inner, place);
}

function checkPattern(pattern: string, place: string): void {
  try {
    new RegExp(pattern, 'u');
  } catch {
    // The engine's message repeats the pattern and the flag that the user never wrote.
    throw new SignatureError(
      `${place}: the pattern ${pattern} is not valid with the flag u, as JSON Schema has it`,
      null,
    );
  }
}
