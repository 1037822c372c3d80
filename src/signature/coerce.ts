import { matchesSchema } from './matches-schema.ts';
import { isObject, isSchema, resolveReference } from './resolve-reference.ts';
import type { JsonSchema } from './signature.ts';

/**
 * The value as the schema's type, where that loses nothing: `"7"` and 7 become each other, `"1.5"` a number, `"true"`
 * a boolean. Never from or to null, never between booleans and numbers. What does not fit is returned as it is.
 */
export function coerce(schema: unknown, value: unknown, root: JsonSchema = isSchema(schema) ? schema : {}): unknown {
  const rules = resolveReference(schema, root);
  if (!isSchema(rules) || matchesSchema(rules, value, root)) return value;
  const choices = Array.isArray(rules.enum) ? rules.enum : 'const' in rules ? [rules.const] : null;
  if (choices)
    return firstMatch(
      choices.map((choice) => ({ type: typeOf(choice), const: choice })),
      value,
      root,
    );
  const alternatives = rules.anyOf ?? rules.oneOf;
  if (Array.isArray(alternatives)) return firstMatch(alternatives, value, root);
  if (Array.isArray(rules.allOf)) return rules.allOf.reduce((at, part) => coerce(part, at, root), value);
  if (Array.isArray(rules.type))
    return firstMatch(
      rules.type.map((type) => ({ ...rules, type })),
      value,
      root,
    );
  if (Array.isArray(value)) return coerceItems(rules, value, root);
  if (isObject(value)) return coerceProperties(rules, value, root);
  return coerceScalar(rules.type, value);
}

function firstMatch(branches: unknown[], value: unknown, root: JsonSchema): unknown {
  for (const branch of branches) {
    const rules = resolveReference(branch, root);
    const wanted = isSchema(rules) && 'const' in rules ? coerceScalar(rules.type, value) : coerce(rules, value, root);
    if (matchesSchema(rules, wanted, root)) return wanted;
  }
  return value;
}

function coerceScalar(type: unknown, value: unknown): unknown {
  if (type === 'string') return typeof value === 'number' && isExact(value) ? String(value) : value;
  if (typeof value !== 'string') return value;
  const text = value.trim();
  switch (type) {
    case 'integer':
      return /^[-+]?\d+(?:\.0+)?$/.test(text) && isExact(Number(text)) ? Number(text) : value;
    case 'number':
      return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text) && isExact(Number(text)) ? Number(text) : value;
    case 'boolean':
      return /^(?:true|false)$/i.test(text) ? text.toLowerCase() === 'true' : value;
    default:
      return value;
  }
}

/** Whole numbers beyond 2^53 have lost digits already. */
function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}

function coerceItems(rules: JsonSchema, items: unknown[], root: JsonSchema): unknown[] {
  const first = Array.isArray(rules.prefixItems) ? rules.prefixItems : [];
  return items.map((item, index) => coerce(index < first.length ? first[index] : rules.items, item, root));
}

function coerceProperties(
  rules: JsonSchema,
  value: Record<string, unknown>,
  root: JsonSchema,
): Record<string, unknown> {
  const properties = isObject(rules.properties) ? rules.properties : {};
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      coerce(Object.hasOwn(properties, name) ? properties[name] : rules.additionalProperties, item, root),
    ]),
  );
}

function typeOf(choice: unknown): string {
  if (choice === null) return 'null';
  return typeof choice;
}
