import { showPythonLiteral } from './python-literal.ts';

const shownCharacters = 80;

/** A value for a message: its Python type and its beginning, such as `list (["a"])`. */
export function describeValue(value: unknown): string {
  if (value === null) return 'None';
  return `${typeName(value)} (${shorten(value)})`;
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  switch (typeof value) {
    case 'string':
      return 'str';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int' : 'float';
    default:
      return 'dict';
  }
}

function shorten(value: unknown): string {
  const whole = typeof value === 'boolean' ? showPythonLiteral(value) : JSON.stringify(beginning(value));
  return whole.length > shownCharacters ? `${whole.slice(0, shownCharacters)}…` : whole;
}

/** Enough of a value to fill the message, so that a large one is not written out whole. */
function beginning(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, shownCharacters + 1);
  if (Array.isArray(value)) return value.slice(0, shownCharacters).map(beginning);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).slice(0, shownCharacters);
  return Object.fromEntries(entries.map(([key, item]) => [key, beginning(item)]));
}
