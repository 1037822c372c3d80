import { isObject, isSchema, resolveReference } from './resolve-reference.ts';
import type { JsonSchema } from './signature.ts';

/**
 * Whether a value has the types that a schema names. Bounds, patterns and lengths are not looked at: this chooses
 * between the branches of a union where no validator may be loaded.
 */
export function matchesSchema(
  schema: unknown,
  value: unknown,
  root: JsonSchema = isSchema(schema) ? schema : {},
): boolean {
  const rules = resolveReference(schema, root);
  if (rules === false) return false;
  if (!isSchema(rules)) return true;
  if (Array.isArray(rules.enum) && !rules.enum.some((item) => sameJson(item, value))) return false;
  if ('const' in rules && !sameJson(rules.const, value)) return false;
  const alternatives = rules.anyOf ?? rules.oneOf;
  if (Array.isArray(alternatives) && !alternatives.some((branch) => matchesSchema(branch, value, root))) return false;
  if (Array.isArray(rules.allOf) && !rules.allOf.every((part) => matchesSchema(part, value, root))) return false;
  const types = typeof rules.type === 'string' ? [rules.type] : rules.type;
  if (Array.isArray(types) && !types.some((type) => hasType(type, value))) return false;
  if (Array.isArray(value)) return itemsMatch(rules, value, root);
  return isObject(value) ? propertiesMatch(rules, value, root) : true;
}

function hasType(type: unknown, value: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'null':
      return value === null;
    default:
      return typeof value === type;
  }
}

function itemsMatch(rules: JsonSchema, items: unknown[], root: JsonSchema): boolean {
  const first = Array.isArray(rules.prefixItems) ? rules.prefixItems : [];
  if (typeof rules.minItems === 'number' && items.length < rules.minItems) return false;
  return items.every((item, index) => matchesSchema(index < first.length ? first[index] : rules.items, item, root));
}

function propertiesMatch(rules: JsonSchema, value: Record<string, unknown>, root: JsonSchema): boolean {
  const properties = isObject(rules.properties) ? rules.properties : {};
  if (Array.isArray(rules.required) && !rules.required.every((name) => Object.hasOwn(value, name))) return false;
  return Object.entries(value).every(([name, item]) =>
    matchesSchema(Object.hasOwn(properties, name) ? properties[name] : rules.additionalProperties, item, root),
  );
}

function sameJson(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));
}
