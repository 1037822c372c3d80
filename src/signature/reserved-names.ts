import { SignatureError } from '../errors.ts';

const keywords = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global ' +
    'if import in is lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);

const replFunctions = new Set(
  (
    'SUBMIT FINAL FINAL_VAR SHOW_VARS llm_query llm_query_batched rlm_query rlm_query_batched ' +
    'llm_query_async llm_query_batched_async rlm_query_async rlm_query_batched_async edit_file apply_patch'
  ).split(' '),
);

/** Built-in functions and types. Exceptions are left out: nobody names a field `KeyError`. */
const builtins = new Set(
  (
    'abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile ' +
    'complex delattr dict dir divmod enumerate eval exec exit filter float format frozenset getattr globals ' +
    'hasattr hash help hex id input int isinstance issubclass iter len list locals map max memoryview min next ' +
    'object oct open ord pow print property quit range repr reversed round set setattr slice sorted ' +
    'staticmethod str sum super tuple type vars zip'
  ).split(' '),
);

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

const nameCharacters = 100;

/**
 * What a name is for. Inputs and tools become variables of the REPL; outputs and parameters are only ever keyword
 * arguments, so that a built-in's name hides nothing there.
 */
export type NameRole = 'input' | 'output' | 'tool' | 'parameter';

/** Why a name cannot be used, in one line, or null. */
export function nameProblem(name: string, role: NameRole): string | null {
  if (name.length > nameCharacters) {
    return `${JSON.stringify(name.slice(0, 20))}… is too long: a name has at most ${nameCharacters} characters`;
  }
  const quoted = JSON.stringify(name);
  if (!identifier.test(name)) {
    return `${quoted} is not a name Python can use: only ASCII letters, digits and underscores, not a digit first`;
  }
  if (keywords.has(name)) return `${quoted} is a Python keyword; choose another name`;
  if (name.startsWith('_rlm') || (name.startsWith('__') && name.endsWith('__'))) {
    return `${quoted} is reserved: names that begin with _rlm, or begin and end with __, belong to the REPL`;
  }
  if (role === 'parameter') return null;
  if (replFunctions.has(name)) return `${quoted} is a function of the REPL; choose another name`;
  if (role !== 'output' && builtins.has(name)) {
    return `${quoted} is a Python built-in, which a variable of that name would hide; choose another, such as ${name}_`;
  }
  return null;
}

/** Throws {@link SignatureError} when a field cannot have this name. `position` is its offset in a text, if it has one. */
export function checkFieldName(name: string, position: number | null, role: 'input' | 'output' = 'input'): void {
  check(name, position, role);
}

/** Throws {@link SignatureError} when a tool cannot have this name. */
export function checkToolName(name: string, position: number | null = null): void {
  check(name, position, 'tool');
}

/** Throws {@link SignatureError} when a tool's parameter cannot have this name. */
export function checkParameterName(name: string): void {
  check(name, null, 'parameter');
}

function check(name: string, position: number | null, role: NameRole): void {
  const problem = nameProblem(name, role);
  if (problem === null) return;
  throw new SignatureError(position === null ? `${role}: ${problem}` : `column ${position + 1}: ${problem}`, position);
}
