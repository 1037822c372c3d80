import { describe, expect, it } from 'vitest';
import { parseReply } from '../../src/prompts/parse-reply.ts';

function lines(...text: string[]): string {
  return text.join('\n');
}

function codeOf(text: string): string | null {
  const reply = parseReply(text);
  return reply.kind === 'code' ? reply.code : null;
}

describe('the code of a reply', () => {
  it('is what its Python block holds; the text around it is reasoning', () => {
    expect(parseReply(lines('First I look.', '```python', 'print(1)', '```', 'Then more.'))).toEqual({
      kind: 'code',
      code: 'print(1)',
      reasoning: 'First I look.\nThen more.',
    });
  });

  it.each(['python', 'py', 'python3', 'repl', 'Python', 'REPL', 'python title="x"', '{python}', ' python '])(
    'may be tagged %j',
    (tag) => {
      expect(codeOf(lines(`\`\`\`${tag}`, 'x = 1', '```'))).toBe('x = 1');
    },
  );

  it('is all its Python blocks, in order', () => {
    const reply = lines('```python', 'a = 1', '```', 'and', '```repl', 'b = 2', '```', '```json', '{}', '```');
    expect(codeOf(reply)).toBe('a = 1\nb = 2');
  });

  it('is a bare block only where none is tagged', () => {
    expect(codeOf(lines('```', 'a = 1', '```'))).toBe('a = 1');
    expect(codeOf(lines('```', 'output', '```', '```python', 'b = 2', '```'))).toBe('b = 2');
  });

  it('may lack its closing fence', () => {
    expect(codeOf(lines('```python', 'a = 1', 'b = 2'))).toBe('a = 1\nb = 2');
    expect(codeOf(lines('```python', 'a = 1', 'Now:', '```python', 'b = 2', '```'))).toBe('a = 1\nNow:\nb = 2');
  });

  it('may have fences of tildes, or longer ones around shorter', () => {
    expect(codeOf(lines('~~~python', 'x = """', '```', '"""', '~~~'))).toBe('x = """\n```\n"""');
    expect(codeOf(lines('````python', 'x = 1', '```', 'y', '````'))).toBe('x = 1\n```\ny');
  });

  it('loses the indentation of its fence and keeps its own', () => {
    expect(codeOf(lines('1. So:', '   ```python', '   if x:', '       y()', '   ```'))).toBe('if x:\n    y()');
    expect(codeOf(lines('```python', 'if x:', '    y()', '```'))).toBe('if x:\n    y()');
  });

  it('goes on over a fence within a triple-quoted string', () => {
    const code = lines('text = """', '```', 'quoted', '```', '"""', "# don't stop", 'print(text)');
    expect(codeOf(lines('```python', code, '```', 'Done.'))).toBe(code);
  });

  it('ends at the first fence when a string never ends', () => {
    expect(codeOf(lines('```python', 'text = """', '```', 'Done.'))).toBe('text = """');
  });

  it.each(['markdown', 'md', 'text', ''])('may stand in a decorative outer fence: %j', (tag) => {
    const inner = lines('I look.', '```python', 'print(1)', '```');
    const expected = { kind: 'code', code: 'print(1)', reasoning: 'I look.' };
    expect(parseReply(lines(`\`\`\`${tag}`, inner, '```'))).toEqual(expected);
    expect(parseReply(lines(`\`\`\`\`${tag}`, inner, '````', ''))).toEqual(expected);
  });

  it('is not mistaken for one in an outer fence when a bare block comes first', () => {
    const reply = lines('```', 'shown before', '```', 'So:', '```python', 'x = 1', '```');
    expect(parseReply(reply)).toMatchObject({ kind: 'code', code: 'x = 1' });
  });

  it('may have a byte order mark and the line ends of Windows', () => {
    expect(codeOf('\uFEFF```python\r\nif x:\r\n    y()\r\n```\r\n')).toBe('if x:\n    y()');
  });

  it('is not what a model drafted in its thoughts', () => {
    const reply = lines('<think>', 'Maybe:', '```python', 'wrong()', '```', '</think>', '```python', 'right()', '```');
    expect(parseReply(reply)).toMatchObject({
      kind: 'code',
      code: 'right()',
      reasoning: expect.stringContaining('Maybe'),
    });
  });

  it('keeps calls of SUBMIT in prose as prose', () => {
    expect(parseReply('I would call SUBMIT("x") or FINAL("y") now.')).toMatchObject({ kind: 'no-code' });
  });
});

describe('a reply with nothing to run', () => {
  it('without a block is only reasoning', () => {
    expect(parseReply('The answer is `x = 4`.')).toEqual({ kind: 'no-code', reasoning: 'The answer is `x = 4`.' });
  });

  it('in other languages names them', () => {
    const reply = lines('Here:', '```json', '{}', '```', '```Bash', 'ls', '```', '```json', '[]', '```');
    expect(parseReply(reply)).toMatchObject({ kind: 'other-language', languages: ['json', 'bash'] });
  });

  it.each([
    ['None', null],
    ['an empty text', ''],
    ['white space', ' \n\t\n'],
    ['an empty block', '```python\n```'],
    ['comments alone', '```python\n# first\n\n  # then\n```'],
  ])('is empty: %s', (_, text) => {
    expect(parseReply(text)).toEqual({ kind: 'empty' });
  });
});
