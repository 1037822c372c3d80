import type { ErrorObject } from 'ajv';
import { describeValue } from './describe-value.ts';
import { pythonTypeOfSchema } from './python-type-of-schema.ts';
import type { JsonSchema } from './signature.ts';

/** A validator's errors about one field as lines for the model, such as `rows[3].wealth: expected int, got None`. */
export function schemaProblems(
  field: string,
  value: unknown,
  schema: JsonSchema,
  errors: readonly ErrorObject[],
): string[] {
  const lines = mergeUnions(errors).map((error) => {
    const path = field + showPath(error.instancePath, value);
    switch (error.keyword) {
      case 'required':
        return `${path}${showKey(error.params.missingProperty)}: missing`;
      case 'additionalProperties':
        return `${path}${showKey(error.params.additionalProperty)}: there is no such key`;
      case 'type':
      case 'enum':
      case 'const':
      case 'anyOf':
      case 'oneOf':
        return `${path}: expected ${pythonTypeOfSchema(error.parentSchema, schema)}, got ${describeValue(error.data)}`;
      default:
        return `${path}: ${error.message ?? error.keyword}, got ${describeValue(error.data)}`;
    }
  });
  return [...new Set(lines)];
}

/**
 * A validator reports each branch of a union that did not match, and then the union. Where the value is of one branch's
 * type, that branch's errors say more; else the union's does.
 */
function mergeUnions(errors: readonly ErrorObject[]): ErrorObject[] {
  let kept = [...errors];
  for (const union of errors) {
    if (union.keyword !== 'anyOf' && union.keyword !== 'oneOf') continue;
    const isInside = (error: ErrorObject) => error !== union && error.schemaPath.startsWith(`${union.schemaPath}/`);
    const branches = Map.groupBy(errors.filter(isInside), (error) => branchOf(union, error));
    const fitting = [...branches.values()].filter((branch) => !branch.some((error) => refusesType(error, union)));
    const told = fitting.length === 1 ? fitting[0] : undefined;
    kept = kept.filter((error) => (error === union ? !told : !isInside(error) || told?.includes(error)));
  }
  return kept;
}

function branchOf(union: ErrorObject, error: ErrorObject): string {
  return error.schemaPath.slice(union.schemaPath.length + 1).split('/')[0] ?? '';
}

function refusesType(error: ErrorObject, union: ErrorObject): boolean {
  if (error.keyword !== 'type' && error.keyword !== 'const' && error.keyword !== 'enum') return false;
  // A discriminator, `{kind: 'a'}`, refuses one level below the union.
  const depth = (path: string) => path.split('/').length;
  return (
    error.instancePath === union.instancePath ||
    (error.keyword === 'const' && depth(error.instancePath) === depth(union.instancePath) + 1)
  );
}

/** A JSON pointer into the value as Python writes it: `[3].wealth`. */
function showPath(pointer: string, value: unknown): string {
  let at = value;
  let path = '';
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path += Array.isArray(at) ? `[${key}]` : showKey(key);
    at = (at as Record<string, unknown> | undefined)?.[key];
  }
  return path;
}

function showKey(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
