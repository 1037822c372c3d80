import type { PreparedAgent } from './agent-arguments.ts';

/** What an agent is asked, in the words that people are shown: its first text input, or its signature. */
export function taskOf({ inputs, signature }: Pick<PreparedAgent, 'inputs' | 'signature'>): string {
  const texts = inputs.filter((input) => input.preview.pythonType === 'str');
  const named = texts.find((input) => ['task', 'question', 'query', 'prompt'].includes(input.name)) ?? texts[0];
  return named ? named.preview.preview : signature.text;
}
