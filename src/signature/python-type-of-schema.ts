import { showPythonLiteral } from './python-literal.ts';
import { isObject, isSchema, resolveReference } from './resolve-reference.ts';
import type { JsonSchema } from './signature.ts';

/** Objects in objects are spelled out to this depth; below it they are `dict`, which also ends recursive types. */
const maxNesting = 6;

const scalars: Record<string, string> = {
  string: 'str',
  integer: 'int',
  number: 'float',
  boolean: 'bool',
  null: 'None',
};

/**
 * The type that a Python programmer would write for values of a JSON Schema. An object with known keys is spelled out
 * as `{'name': str, 'note': NotRequired[str]}`.
 */
export function pythonTypeOfSchema(
  schema: unknown,
  root: JsonSchema = isSchema(schema) ? schema : {},
  nesting = 0,
): string {
  const rules = resolveReference(schema, root);
  if (!isSchema(rules)) return 'Any';
  const show = (inner: unknown) => pythonTypeOfSchema(inner, root, nesting + 1);
  if (Array.isArray(rules.enum)) return showLiteral(rules.enum);
  if ('const' in rules) return showLiteral([rules.const]);
  const alternatives = rules.anyOf ?? rules.oneOf;
  if (Array.isArray(alternatives)) return nesting > maxNesting ? 'Any' : showUnion(alternatives.map(show));
  if (Array.isArray(rules.allOf) && rules.type === undefined)
    return nesting > maxNesting ? 'Any' : show(rules.allOf[0]);
  if (Array.isArray(rules.type)) return showUnion(rules.type.map((type) => show({ ...rules, type })));
  if (typeof rules.type === 'string' && Object.hasOwn(scalars, rules.type)) return scalars[rules.type] as string;
  if (rules.type === 'array') return nesting > maxNesting ? 'list' : showArray(rules, show);
  if (rules.type === 'object') return nesting > maxNesting ? 'dict' : showObject(rules, show);
  return 'Any';
}

function showLiteral(values: unknown[]): string {
  if (values.some((value) => typeof value === 'object' && value !== null)) return 'Any';
  return `Literal[${values.map(showPythonLiteral).join(', ')}]`;
}

function showUnion(texts: string[]): string {
  const distinct = new Set(texts);
  if (!distinct.delete('None')) return [...distinct].join(' | ');
  return [...distinct, 'None'].join(' | ');
}

function showArray(rules: JsonSchema, show: (inner: unknown) => string): string {
  if (Array.isArray(rules.prefixItems)) {
    return isSchema(rules.items) ? 'list' : `tuple[${rules.prefixItems.map(show).join(', ')}]`;
  }
  return isSchema(rules.items) ? `list[${show(rules.items)}]` : 'list';
}

function showObject(rules: JsonSchema, show: (inner: unknown) => string): string {
  const properties = Object.entries(isObject(rules.properties) ? rules.properties : {});
  if (properties.length === 0) {
    return isSchema(rules.additionalProperties) ? `dict[str, ${show(rules.additionalProperties)}]` : 'dict';
  }
  const required = Array.isArray(rules.required) ? rules.required : [];
  const entries = properties.map(([name, property]) => {
    const type = show(property);
    return `${showPythonLiteral(name)}: ${required.includes(name) ? type : `NotRequired[${type}]`}`;
  });
  return `{${entries.join(', ')}}`;
}
