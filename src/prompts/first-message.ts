import { type BudgetLeft, budgetFooter } from './budget-footer.ts';
import { formatCount } from './format-count.ts';
import type { InputPreview } from './input-preview.ts';

export interface FirstMessage {
  inputs: readonly InputPreview[];
  budget: BudgetLeft;
  instructions?: string;
}

/** The first message of the user: what the inputs are, by size and beginning. */
export function firstMessage({ inputs, budget, instructions }: FirstMessage): string {
  const parts = inputs.map(showInput);
  if (parts.length === 0) parts.push('There are no inputs.');
  if (instructions) parts.push(instructions.trim());
  return [...parts, budgetFooter(budget)].join('\n\n');
}

function showInput(input: InputPreview): string {
  const { name, pythonType, description, preview } = input;
  const heading = [`Input \`${name}\`: ${pythonType}`, ...sizes(input)].join(', ');
  const about = description ? `\n${description}` : '';
  const shown = isWhole(input) ? 'In full' : 'It begins';
  return `${heading}${about}\n${shown}:\n${quote(preview)}`;
}

function sizes({ length, lengthUnit, totalCharacters }: InputPreview): string[] {
  if (length === null || lengthUnit === null) return [];
  const noun = length === 1 ? lengthUnit.slice(0, -1) : lengthUnit;
  const size = `${formatCount(length)} ${noun}`;
  return totalCharacters === null ? [size] : [size, `${formatCount(totalCharacters)} characters of text in all`];
}

function isWhole({ length, lengthUnit, preview }: InputPreview): boolean {
  return lengthUnit === null || (lengthUnit === 'characters' && [...preview].length === length);
}

/** Input is material, not instruction: every line of it is marked. */
function quote(text: string): string {
  return text
    .split('\n')
    .map((line) => `| ${line}`)
    .join('\n');
}
