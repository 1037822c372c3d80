import { readFileSync } from 'node:fs';
import type { Conversation } from './script.ts';

/** One reply of an agent whose work goes step by step. */
export interface Step {
  /** The thought before the code. */
  thought: string;
  /** Python. */
  code: string;
  /** What the cell prints when it went well; a step that submits prints nothing. */
  shows: string | null;
}

/** The first step whose cell has not gone well yet, as a reply: one that failed is taken again. */
export function nextStep({ messages }: Pick<Conversation, 'messages'>, steps: readonly Step[]): string {
  const [, ...observations] = messages.filter(({ role }) => role === 'user').map(({ content }) => content);
  const isDone = ({ shows }: Step) => shows !== null && observations.some((text) => text.includes(shows));
  const step = steps.find((candidate) => !isDone(candidate)) ?? steps.at(-1);
  if (!step) throw new Error('a script needs at least one step');
  return `${step.thought}\n\n\`\`\`python\n${step.code.trim()}\n\`\`\`\n`;
}

/** Reads the Python files of a script from the folder that is named as the script is: `./NAME/` beside its module. */
export function pythonOf(module: string): (name: string) => string {
  const folder = new URL(`${module.replace(/\.[jt]s$/, '')}/`);
  return (name) => readFileSync(new URL(`${name}.py`, folder), 'utf8');
}
