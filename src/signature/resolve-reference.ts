import type { JsonSchema } from './signature.ts';

/** References that lead to references stop here, rather than never. */
const maxHops = 20;

/** The schema that a local reference (`#`, `#/$defs/NAME`) names; any other schema is returned as it is. */
export function resolveReference(schema: unknown, root: JsonSchema): unknown {
  let resolved = schema;
  for (let hop = 0; hop < maxHops; hop += 1) {
    const reference = isSchema(resolved) ? resolved.$ref : undefined;
    if (typeof reference !== 'string') return resolved;
    resolved = reference
      .split('/')
      .slice(1)
      .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>((at, part) => (isObject(at) && Object.hasOwn(at, part) ? at[part] : undefined), root);
  }
  return {};
}

/** Whether a schema is one with rules, rather than `true`, `false` or nothing. */
export function isSchema(schema: unknown): schema is JsonSchema {
  return isObject(schema);
}

/** Whether a value is what JSON calls an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
