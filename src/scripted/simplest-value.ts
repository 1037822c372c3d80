/** The simplest value that matches a JSON Schema, as far as its types say: empty strings and lists, zeros, false. */
export function simplestValue(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return null;
  const rules = schema as Record<string, unknown>;
  if ('default' in rules) return rules.default;
  if ('const' in rules) return rules.const;
  for (const key of ['enum', 'examples']) {
    const values = rules[key];
    if (Array.isArray(values) && values.length > 0) return values[0];
  }
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    const alternatives = rules[key];
    if (Array.isArray(alternatives) && alternatives.length > 0) return simplestValue(alternatives[0]);
  }
  const type = Array.isArray(rules.type) ? rules.type[0] : rules.type;
  switch (type) {
    case 'string':
      return '';
    case 'integer':
    case 'number':
      return typeof rules.minimum === 'number' ? Math.max(0, rules.minimum) : 0;
    case 'boolean':
      return false;
    case 'array':
      return Array.from({ length: Number(rules.minItems ?? 0) }, () => simplestValue(rules.items));
    case 'object':
      return simplestObject(rules);
    default:
      return null;
  }
}

function simplestObject(rules: Record<string, unknown>): Record<string, unknown> {
  const properties = Object.entries((rules.properties ?? {}) as Record<string, unknown>);
  return Object.fromEntries(properties.map(([name, property]) => [name, simplestValue(property)]));
}
