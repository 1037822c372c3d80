import type { PreparedAgent } from './agent-arguments.ts';

const taskNames: readonly string[] = ['task', 'question', 'query', 'prompt'];

/** Of an agent's text inputs the one that says what is to be done: one that is named like a task, else the first. */
export function taskAmong<Input extends { name: string }>(texts: readonly Input[]): Input | undefined {
  return texts.find(({ name }) => taskNames.includes(name)) ?? texts[0];
}

/** What an agent is asked, in the words that people are shown: its first text input, or its signature. */
export function taskOf({ inputs, signature }: Pick<PreparedAgent, 'inputs' | 'signature'>): string {
  const task = taskAmong(inputs.filter(({ preview }) => preview.pythonType === 'str'));
  return task ? task.preview.preview : signature.text;
}
