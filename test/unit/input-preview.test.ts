import { describe, expect, it } from 'vitest';
import { firstMessage } from '../../src/prompts/first-message.ts';
import { InputPreview, previewInput } from '../../src/prompts/input-preview.ts';

const budget = {
  iterationsLeft: 50,
  llmCallsLeft: 500,
  sandboxesLeft: 49,
  tokensLeft: null,
  costUsdLeft: null,
  secondsLeft: 3_600,
};

function preview(pythonType: string, value: unknown): InputPreview {
  return previewInput({ name: 'value', pythonType }, value);
}

describe('an input', () => {
  it('is shown by name, type, length and beginning', () => {
    const text = 'word '.repeat(1_000_000);
    expect(preview('str', text)).toEqual({
      name: 'value',
      pythonType: 'str',
      length: 5_000_000,
      lengthUnit: 'characters',
      totalCharacters: null,
      preview: text.slice(0, 1_000),
    });
  });

  it('has the length that Python gives it', () => {
    expect(preview('str', '😀é').length).toBe(2);
  });

  it('that is a list shows its first items, not all of any', () => {
    const chapters = Array.from({ length: 117 }, (_, index) => `Chapter ${index} ${'x'.repeat(1_000)}`);
    const shown = preview('list[str]', chapters);
    expect(shown).toMatchObject({ length: 117, lengthUnit: 'items', totalCharacters: chapters.join('').length });
    expect(shown.preview).toMatch(/^\[0\] "Chapter 0 x+… \(1,010 characters\)\n\[1\] "Chapter 1 /);
    expect(shown.preview).toMatch(/\n… and 112 more items$/);
  });

  it('that is a dict or a number is shown as JSON', () => {
    expect(preview('dict', { a: [1, 'b'], c: null })).toMatchObject({
      length: 2,
      lengthUnit: 'keys',
      totalCharacters: 1,
      preview: '{"a": [1, "b"], "c": null}',
    });
    expect(preview('int', 0)).toMatchObject({ length: null, lengthUnit: null, preview: '0' });
  });

  it.each([
    ['long strings in a list', Array.from({ length: 50 }, () => '"\n😀'.repeat(10_000))],
    ['a list of lists', Array.from({ length: 5_000 }, () => Array.from({ length: 50 }, () => 7))],
    ['a wide dict', Object.fromEntries(Array.from({ length: 5_000 }, (_, key) => [`key ${key}`, 'x'.repeat(500)]))],
    ['a deep list', JSON.parse('['.repeat(500) + ']'.repeat(500))],
    ['many empty lists', Array.from({ length: 10_000 }, () => [])],
    ['surrogates', '😀'.repeat(10_000)],
  ])('is never more than 1,000 characters: %s', (_, value) => {
    const shown = preview('Any', value);
    expect(InputPreview.safeParse(shown).error).toBeUndefined();
    expect(shown.preview.isWellFormed()).toBe(true);
  });
});

describe('the first message', () => {
  it('lists the inputs, with every line of them marked, and the budget', () => {
    const inputs = [
      previewInput({ name: 'question', pythonType: 'str', description: 'What to find.' }, 'Who?\nWhen?'),
      preview('list[str]', ['a', 'b']),
    ];
    expect(firstMessage({ inputs, budget })).toBe(
      [
        'Input `question`: str, 10 characters',
        'What to find.',
        'In full:',
        '| Who?',
        '| When?',
        '',
        'Input `value`: list[str], 2 items, 2 characters of text in all',
        'It begins:',
        '| [0] "a"',
        '| [1] "b"',
        '',
        '[left: 50 iterations, 500 llm_query prompts, 49 sub-agents, 3,600 s]',
      ].join('\n'),
    );
  });

  it('holds at most a preview of each input', () => {
    const inputs = [preview('str', 'x'.repeat(100_000)), preview('list[str]', ['y'.repeat(100_000)])];
    expect(firstMessage({ inputs, budget }).length).toBeLessThan(2_500);
  });

  it('says so when there are no inputs', () => {
    expect(firstMessage({ inputs: [], budget, instructions: 'Begin.' })).toMatch(
      /^There are no inputs\.\n\nBegin\.\n\n\[/,
    );
  });
});
