import { z } from 'zod';

/** A JSON Schema (draft 2020-12) as plain data. */
export const JsonSchema = z.record(z.string(), z.unknown());
export type JsonSchema = z.infer<typeof JsonSchema>;

/** One typed input or output of an agent. */
export const Field = z.object({
  /** A Python identifier that is neither a keyword nor a name the REPL uses. */
  name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
  /** The type as a Python programmer writes it, such as `list[str]`. */
  pythonType: z.string(),
  schema: JsonSchema,
  description: z.string().optional(),
  /** False when the field has a default. */
  required: z.boolean(),
  default: z.unknown().optional(),
});
export type Field = z.infer<typeof Field>;

/** An agent's typed inputs and outputs, as they cross the workflow history. */
export const Signature = z.object({
  /** Such as `documents: list[str], question: str -> answer: str`. */
  text: z.string(),
  inputs: z.array(Field),
  outputs: z.array(Field).min(1),
});
export type Signature = z.infer<typeof Signature>;
