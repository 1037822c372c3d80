/** The names of a signature's inputs and outputs, read from its text: enough for scripts, no parser. */
export function fieldNames(signature: string): { inputs: string[]; outputs: string[] } {
  const [inputs = '', outputs = ''] = signature.split('->');
  return { inputs: namesIn(inputs), outputs: namesIn(outputs) };
}

/** Commas inside of brackets separate types, not fields. */
function namesIn(fields: string): string[] {
  return outsideBrackets(fields)
    .split(',')
    .map((field) => /^\s*([A-Za-z_]\w*)/.exec(field)?.[1] ?? '')
    .filter((name) => name !== '');
}

function outsideBrackets(text: string): string {
  let depth = 0;
  let kept = '';
  for (const character of text) {
    if ('[({'.includes(character)) depth += 1;
    if (depth === 0) kept += character;
    if ('])}'.includes(character)) depth -= 1;
  }
  return kept;
}
