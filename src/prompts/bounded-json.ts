import { takeStart } from './cut-middle.ts';

/** JSON of a value, written no further than about `limit` characters; what was left out is `…`. */
export function boundedJson(value: unknown, limit: number): string {
  const parts: string[] = [];
  write(value, limit, (part) => parts.push(part));
  return parts.join('');
}

/** Writes a value and returns what is left of the limit. */
function write(value: unknown, limit: number, emit: (part: string) => void): number {
  if (limit <= 0) {
    emit('…');
    return 0;
  }
  if (typeof value === 'string') return writeString(value, limit, emit);
  if (typeof value !== 'object' || value === null) {
    const text = JSON.stringify(value) ?? 'null';
    emit(text);
    return limit - text.length;
  }
  const isList = Array.isArray(value);
  let left = limit - 2;
  emit(isList ? '[' : '{');
  let separator = '';
  const keys = isList ? value.keys() : Object.keys(value);
  for (const key of keys) {
    emit(separator);
    separator = ', ';
    if (left <= 0) {
      emit('…');
      break;
    }
    if (typeof key === 'string') {
      left = writeString(key, left, emit) - 2;
      emit(': ');
    }
    left = write((value as Record<string | number, unknown>)[key], left, emit) - 2;
  }
  emit(isList ? ']' : '}');
  return left;
}

function writeString(text: string, limit: number, emit: (part: string) => void): number {
  const shown = takeStart(text, limit);
  const json = shown.length < text.length ? `${JSON.stringify(shown)}…` : JSON.stringify(text);
  emit(json);
  return limit - json.length;
}
