import type { FunctionField } from '../repl/protocol.ts';
import type { Field } from './signature.ts';

/**
 * Fields as the parameters of a Python function: those without a default first, as Python demands, else in their order.
 */
export function functionFields(fields: readonly Field[]): FunctionField[] {
  const ordered = [...fields.filter(({ required }) => required), ...fields.filter(({ required }) => !required)];
  return ordered.map(({ name, pythonType, required, default: value, description }) => ({
    name,
    pythonType,
    required,
    ...(value === undefined ? {} : { default: value }),
    ...(description === undefined ? {} : { description }),
  }));
}
