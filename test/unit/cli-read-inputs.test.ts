import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readInputs } from '../../src/cli/read-inputs.ts';
import { UsageError } from '../../src/errors.ts';
import { parseSignature } from '../../src/signature/parse-signature.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlm-inputs-'));
  await mkdir(join(folder, 'texts'));
  const files = {
    'a.txt': '\uFEFFfirst',
    'data.json': '{"k": [1, 2]}',
    'broken.json': '{',
    'latin1.log': Buffer.from('caf\u00e9', 'latin1'),
    'with [brackets].txt': 'literal',
    'texts/2.txt': 'two',
    'texts/1.txt': 'one',
    'texts/3.json': '{"three": 3}',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
});

afterAll(() => rm(folder, { recursive: true }));

/** Reads the input `x` of a type; FOLDER stands for the folder with the files. */
async function read(type: string, text: string): Promise<unknown> {
  const values = await readInputs(parseSignature(`x: ${type} -> y`), [`x=${text.replace('FOLDER', folder)}`]);
  return values.x;
}

describe('a value', () => {
  test.each<[string, string, unknown]>([
    ['str', '5', '5'],
    ['str', 'a=b', 'a=b'],
    ['str', '', ''],
    ['str', '@@name', '@name'],
    ['int', '5', 5],
    ['float', '5', 5],
    ['bool', 'true', true],
    ['bool', 'True', true],
    ['list[str]', '["a", "b"]', ['a', 'b']],
    ['dict[str, int]', '{"a": 1}', { a: 1 }],
    ['Optional[str]', 'word', 'word'],
    ['Optional[str]', 'null', null],
    ["Literal['red', 'green']", 'green', 'green'],
  ])('of type %s: %s', async (type, text, value) => {
    expect(await read(type, text)).toEqual(value);
  });
});

describe('a file', () => {
  test('is text, without its byte order mark', async () => {
    expect(await read('str', '@FOLDER/a.txt')).toBe('first');
  });

  test('is parsed when it is JSON, unless a str is declared', async () => {
    expect(await read('dict', '@FOLDER/data.json')).toEqual({ k: [1, 2] });
    expect(await read('str', '@FOLDER/data.json')).toBe('{"k": [1, 2]}');
  });

  test('may have brackets in its name', async () => {
    expect(await read('str', '@FOLDER/with [brackets].txt')).toBe('literal');
  });

  test('by a glob is one of a list of texts in name order, also when there is one only', async () => {
    expect(await read('list[str]', '@FOLDER/texts/*')).toEqual(['one', 'two', '{"three": 3}']);
    expect(await read('list[str]', '@FOLDER/*.txt')).toEqual(['first', 'literal']);
    expect(await read('list[str]', '@FOLDER/a*.txt')).toEqual(['first']);
  });
});

describe('a mistake is named in one line', () => {
  test.each<[string, string[], RegExp]>([
    ['no value', ['x'], /-i x: write NAME=VALUE/],
    ['an undeclared input', ['x=1', 'z=2'], /no input "z" \(the inputs are x, long_name\)/],
    ['a mistyped input', ['x=1', 'longname=2'], /did you mean long_name\?/],
    ['an input given twice', ['x=1', 'x=2'], /"x" is given twice/],
    ['a missing input', ['x=1'], /missing input: long_name \(str\)/],
    ['a value of another type', ['x=abc', 'long_name=y'], /"x": abc is not of type int/],
    ['JSON of another type', ['x=[1]', 'long_name=y'], /x: expected int/],
    ['no file name', ['x=1', 'long_name=@'], /no file name after @/],
    ['a missing file', ['x=1', 'long_name=@none.txt'], /cannot read none\.txt: there is no such file/],
    ['a folder', ['x=1', 'long_name=@.'], /it is a folder/],
    ['a glob without matches', ['x=1', 'long_name=@none-*.txt'], /no file matches none-\*\.txt/],
  ])('%s', async (_, given, message) => {
    const attempt = readInputs(parseSignature('x: int, long_name: str -> y'), given);
    await expect(attempt).rejects.toThrow(UsageError);
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.not.toThrow(/\n/);
  });

  test('a file that is not JSON', async () => {
    await expect(read('dict', '@FOLDER/broken.json')).rejects.toThrow(/broken\.json is not JSON/);
    await expect(read('str', '@FOLDER/latin1.log')).rejects.toThrow(/latin1\.log is not UTF-8 text; convert it/);
  });
});

test('an input with a default may be left out', async () => {
  expect(await readInputs(parseSignature('n: int = 3 -> y'), [])).toEqual({ n: 3 });
});
