import { describe, expect, it } from 'vitest';
import { allScripts, type ScriptSource } from '../../src/scripted/load-scripts.ts';

async function ask(name: string, prompt: string): Promise<unknown> {
  const source = allScripts({})[name] as ScriptSource;
  const script = typeof source === 'function' ? await source() : source;
  return script.query?.(prompt, { prompt, jsonSchema: null, messages: [] });
}

describe('the script licences', () => {
  it.each([
    ['# x\n\n## License\n\nApache-2.0 © somebody', 'Apache-2.0 | ## License\n\nApache-2.0'],
    ['x\n\nLicense\n-------\n\n(The MIT License)', 'MIT | License\n-------\n\n(The MIT'],
    ['![](https://img.example/badge/license-ISC-blue)', 'ISC | badge/license-ISC'],
    ['It is licensed under the terms of the [MIT license](x).', 'MIT | licensed under the terms of the [MIT'],
    ['Dual-licensed under MIT or Apache 2.0.', 'MIT OR Apache-2.0 | licensed under MIT or Apache 2.0'],
    ['It works with the MIT Lisp machine.', 'NONE'],
  ])('finds the licence that is named in %j', async (text, reply) => {
    expect(await ask('licences', `Which licence does this file have?\nFile README.md:\n${text}`)).toBe(reply);
  });

  it.each([
    ['The above copyright notice and this permission notice shall be included in all copies.', true, true],
    ['This is free and unencumbered software.', true, false],
    [
      'All distribution of Covered Software must be under the terms of this License. You may not remove or alter notices.',
      false,
      true,
    ],
  ])('judges what %j asks for', async (text, permissive, noticeRequired) => {
    const reply = await ask('licences', `This text puts software under X.\nText:\n${text}`);
    expect(JSON.parse(String(reply))).toEqual({ permissive, noticeRequired });
  });
});

describe('the script monte-cristo', () => {
  it('rates each person by the words of wealth and want in the passages that name them', async () => {
    const prompt = [
      'Rate them.',
      '',
      '# Dantès',
      '- Dantès lay hungry in the dungeon.',
      '- He slept.',
      '',
      '# Danglars',
      '- Danglars, the banker, had five millions.',
      '',
      '# Mercédès',
      '- Mercédès sat by the window.',
    ].join('\n');
    expect(JSON.parse(String(await ask('monte-cristo', prompt)))).toEqual({
      Dantès: { wealth: 1, event: 'Dantès lay hungry in the dungeon.' },
      Danglars: { wealth: 10, event: 'Danglars, the banker, had five millions.' },
    });
  });
});

describe('the script repository', () => {
  it.each([
    ['a parcel of exactly the limit belongs to this band', 6, 'small | 6 lines of code around it'],
    ['a parcel of exactly the limit belongs to this band', 60, 'medium | 60 lines of code around it'],
    ['Read the prices from a table', 3, 'medium | it says "read"'],
    ['read less often: rewrite this', 3, 'large | it says "rewrite"'],
    ['thread the ready needle', 3, 'large | it says "thread"'],
    ['spread the readiness', 3, 'small | 3 lines of code around it'],
  ])('judges how much work %j in %i lines is', async (todo, lines, reply) => {
    const prompt = `How much work?\nTODO: ${todo}\nIt stands in a function of ${lines} lines:\ndef f():\n    pass`;
    expect(await ask('repository', prompt)).toBe(reply);
  });
});
