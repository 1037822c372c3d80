import type { z } from 'zod';
import type { Field } from '../signature/signature.ts';
import { type Validation, validateValues } from '../signature/validate.ts';
import type { Dependencies } from './dependencies.ts';

/**
 * Checks an agent's outputs against its fields, and by the schema of the user's agent that it was made from: a
 * refinement, which no JSON Schema holds, is to be met before the run ends and not after.
 */
export async function checkOutputs(
  agents: Dependencies['agents'],
  definition: string | null,
  fields: readonly Field[],
  values: Readonly<Record<string, unknown>>,
): Promise<Validation> {
  const checked = validateValues(fields, values);
  const schema = definition === null ? null : (agents.get(definition)?.schemas?.outputs ?? null);
  if (!checked.ok || schema === null) return checked;
  const { success, error } = await schema.safeParseAsync(checked.values);
  return success ? checked : { ok: false, problems: error.issues.map(problem) };
}

function problem({ path, message }: z.core.$ZodIssue): string {
  return path.length > 0 ? `${path.join('.')}: ${message}` : message;
}
