import { showPythonLiteral } from './python-literal.ts';
import type { Field } from './signature.ts';

type Shown = Pick<Field, 'name' | 'pythonType'> & {
  required?: boolean;
  default?: unknown;
  description?: string | undefined;
};

/** A field as Python writes it: `limit: int = 3`. */
export function showField(field: Shown): string {
  const declared = `${field.name}: ${field.pythonType}`;
  return field.required === false ? `${declared} = ${showPythonLiteral(field.default)}` : declared;
}

/** A field with its description, where it has one. */
export function showDescribedField(field: Shown): string {
  const description = field.description?.replaceAll(/\s+/g, ' ').trim();
  return description ? `${showField(field)} — ${description}` : showField(field);
}

/** A signature on one line: `documents: list[str], question: str -> answer: str`. */
export function showSignature(inputs: readonly Shown[], outputs: readonly Shown[]): string {
  return `${inputs.map(showField).join(', ')} -> ${outputs.map(showField).join(', ')}`.trim();
}
