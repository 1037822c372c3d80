import { describe, expect, it } from 'vitest';
import { nextStep, type Step } from '../../src/scripted/steps.ts';

const steps: Step[] = [
  { thought: 'I look.', code: 'print("found", 3)\n', shows: 'found' },
  { thought: 'I submit.', code: 'SUBMIT(3)', shows: null },
];

function conversation(...observations: string[]) {
  const turns = observations.flatMap((content) => [
    { role: 'assistant' as const, content: 'found it' },
    { role: 'user' as const, content },
  ]);
  return { messages: [{ role: 'user' as const, content: 'It is to be found.' }, ...turns] };
}

describe('a script of steps', () => {
  it('begins with the first', () => {
    expect(nextStep(conversation(), steps)).toBe('I look.\n\n```python\nprint("found", 3)\n```\n');
  });

  it('goes on when the cell has shown what it should', () => {
    expect(nextStep(conversation('found 3'), steps)).toContain('SUBMIT(3)');
  });

  it('takes a step again whose cell failed', () => {
    expect(nextStep(conversation('NameError'), steps)).toContain('I look.');
    expect(nextStep(conversation('found 3', 'TypeError'), steps)).toContain('SUBMIT(3)');
  });
});
