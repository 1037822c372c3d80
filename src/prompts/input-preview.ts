import { z } from 'zod';
import type { Field } from '../signature/signature.ts';
import { boundedJson } from './bounded-json.ts';
import { countCharacters, takeStart } from './cut-middle.ts';
import { formatCount, formatCountOf } from './format-count.ts';

const maxCharacters = 1_000;

/** A list shows this many of its first items, however long they are. */
const shownItems = 5;

/** What the model is shown of an input; the whole value is only ever in the REPL. */
export const InputPreview = z.object({
  name: z.string(),
  pythonType: z.string(),
  description: z.string().optional(),
  /** What `len()` gives, or null where there is none. */
  length: z.number().int().nonnegative().nullable(),
  lengthUnit: z.enum(['characters', 'items', 'keys']).nullable(),
  /** Characters of all texts in a list or dict, or null. */
  totalCharacters: z.number().int().nonnegative().nullable(),
  preview: z.string().max(maxCharacters),
});
export type InputPreview = z.infer<typeof InputPreview>;

/** Describes a value by its size and its beginning. */
export function previewInput(
  field: Pick<Field, 'name' | 'pythonType'> & { description?: string | undefined },
  value: unknown,
): InputPreview {
  const { name, pythonType, description } = field;
  const named = { name, pythonType, ...(description === undefined ? {} : { description }) };
  return { ...named, ...measure(value), preview: takeStart(begin(value), maxCharacters) };
}

function measure(value: unknown): Pick<InputPreview, 'length' | 'lengthUnit' | 'totalCharacters'> {
  if (typeof value === 'string') {
    return { length: countCharacters(value), lengthUnit: 'characters', totalCharacters: null };
  }
  if (typeof value !== 'object' || value === null) return { length: null, lengthUnit: null, totalCharacters: null };
  const totalCharacters = countTexts(value);
  if (Array.isArray(value)) return { length: value.length, lengthUnit: 'items', totalCharacters };
  return { length: Object.keys(value).length, lengthUnit: 'keys', totalCharacters };
}

function countTexts(value: unknown): number {
  if (typeof value === 'string') return countCharacters(value);
  if (typeof value !== 'object' || value === null) return 0;
  let sum = 0;
  for (const item of Object.values(value)) sum += countTexts(item);
  return sum;
}

function begin(value: unknown): string {
  if (typeof value === 'string') return takeStart(value, maxCharacters);
  if (!Array.isArray(value)) return boundedJson(value, maxCharacters - 50);
  const shown = value.slice(0, shownItems);
  const perItem = Math.floor((maxCharacters - 50) / Math.max(1, shown.length)) - 50;
  const items = shown.map((item, index) => `[${index}] ${beginItem(item, perItem)}`);
  const more = value.length - shown.length;
  return [...items, ...(more > 0 ? [`… and ${formatCountOf(more, 'more item')}`] : [])].join('\n');
}

function beginItem(item: unknown, limit: number): string {
  if (typeof item !== 'string' || item.length <= limit) return takeStart(boundedJson(item, limit), limit + 40);
  return `${takeStart(JSON.stringify(takeStart(item, limit)), limit)}… (${formatCount(countCharacters(item))} characters)`;
}
