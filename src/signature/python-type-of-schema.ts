import { showPythonLiteral } from './python-literal.ts';
import { isObject, isSchema, resolveReference } from './resolve-reference.ts';
import type { JsonSchema } from './signature.ts';

/** Where a type is written out: the schema that references begin at, and the references that led here. */
interface Place {
  root: JsonSchema;
  references: readonly string[];
}

const scalars: Record<string, string> = {
  string: 'str',
  integer: 'int',
  number: 'float',
  boolean: 'bool',
  null: 'None',
};

/**
 * The type that a Python programmer would write for values of a JSON Schema. An object with known keys is spelled out
 * as `{'name': str, 'note': NotRequired[str]}`; where a type contains itself, the inner one is a `dict`.
 */
export function pythonTypeOfSchema(schema: unknown, root: JsonSchema = isSchema(schema) ? schema : {}): string {
  return showType(schema, { root, references: ['#'] });
}

function showType(schema: unknown, place: Place): string {
  if (isSchema(schema) && typeof schema.$ref === 'string') return showReference(schema.$ref, place);
  if (!isSchema(schema)) return 'Any';
  const show = (inner: unknown) => showType(inner, place);
  if (Array.isArray(schema.enum)) return showLiteral(schema.enum);
  if ('const' in schema) return showLiteral([schema.const]);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(alternatives)) return showUnion(alternatives.map(show));
  if (Array.isArray(schema.allOf) && schema.type === undefined) return show(schema.allOf[0]);
  if (Array.isArray(schema.type)) return showUnion(schema.type.map((type) => show({ ...schema, type })));
  if (typeof schema.type === 'string' && Object.hasOwn(scalars, schema.type)) return scalars[schema.type] as string;
  if (schema.type === 'array') return showArray(schema, show);
  if (schema.type === 'object') return showObject(schema, show);
  return 'Any';
}

function showReference(reference: string, { root, references }: Place): string {
  const target = resolveReference({ $ref: reference }, root);
  if (!references.includes(reference)) return showType(target, { root, references: [...references, reference] });
  return isSchema(target) && target.type === 'object' ? 'dict' : 'Any';
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
