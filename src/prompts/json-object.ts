import { isObject } from '../signature/resolve-reference.ts';

/** Braces that open nothing are passed over so many times; a reply with more of them is no answer. */
const maxAttempts = 200;

/** The JSON object in a reply, also with a fence or prose around it; the last where there are several; or null. */
export function parseJsonObject(text: string): Record<string, unknown> | null {
  const whole = parse(text.trim());
  if (whole) return whole;
  let found: Record<string, unknown> | null = null;
  let attempts = 0;
  for (let start = text.indexOf('{'); start !== -1 && attempts < maxAttempts; ) {
    const end = closingBrace(text, start);
    const object = end === -1 ? null : parse(text.slice(start, end + 1));
    attempts += object ? 0 : 1;
    found = object ?? found;
    start = text.indexOf('{', object ? end + 1 : start + 1);
  }
  return found;
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    // Not JSON: the caller looks elsewhere in the reply.
    return null;
  }
}

/** Where the brace that opens at `start` closes, strings left aside, or -1. */
function closingBrace(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth === 0) return index;
    }
  }
  return -1;
}
