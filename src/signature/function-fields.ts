import type { FunctionField } from '../repl/protocol.ts';
import type { Field } from './signature.ts';

/** Fields as the parameters of a function in the REPL, in their order. */
export function functionFields(fields: readonly Field[]): FunctionField[] {
  return fields.map(({ name, pythonType, required, default: value, description }) => ({
    name,
    pythonType,
    required,
    ...(value === undefined ? {} : { default: value }),
    ...(description === undefined ? {} : { description }),
  }));
}
