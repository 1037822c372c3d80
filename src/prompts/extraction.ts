import { isObject } from '../signature/resolve-reference.ts';
import { showDescribedField } from '../signature/show.ts';
import type { Field, JsonSchema, Signature } from '../signature/signature.ts';

/** Asks for the outputs from what the conversation holds, when an agent must end. `reason` is a clause: why. */
export function extractionMessage(signature: Pick<Signature, 'outputs'>, reason: string): string {
  return [
    `The work must end here: ${reason.replace(/[.\s]+$/, '')}. No more code is run.`,
    'From what this conversation shows, give the best answer you can as one JSON object with these keys, and nothing else:',
    signature.outputs.map((field) => `- ${showDescribedField(field)}`).join('\n'),
    `JSON Schema: ${JSON.stringify(outputsSchema(signature.outputs))}`,
  ].join('\n');
}

/** Asks once more, with what was wrong. */
export function extractionRetryMessage(problems: readonly string[]): string {
  const list = problems.map((problem) => `- ${problem}`).join('\n');
  return `That was not accepted:\n${list}\nReply with the corrected JSON object alone.`;
}

/** The schema of an object that holds all outputs. */
export function outputsSchema(fields: readonly Field[]): JsonSchema {
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.name, propertySchema(field)])),
    required: fields.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
}

function propertySchema({ name, schema, description, default: value }: Field): JsonSchema {
  return {
    ...(moveReferences(schema, `#/properties/${name}`) as JsonSchema),
    ...(description === undefined ? {} : { description }),
    ...(value === undefined ? {} : { default: value }),
  };
}

/** A field's references begin at its own schema, which is now a part of a larger one. */
function moveReferences(schema: unknown, place: string): unknown {
  if (Array.isArray(schema)) return schema.map((item) => moveReferences(item, place));
  if (!isObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      const isReference = key === '$ref' && typeof value === 'string' && value.startsWith('#');
      return [key, isReference ? place + value.slice(1) : moveReferences(value, place)];
    }),
  );
}

export { parseJsonObject } from './json-object.ts';
