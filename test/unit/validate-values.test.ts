import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { signatureFromZod } from '../../src/signature/from-zod.ts';
import { parseSignature } from '../../src/signature/parse-signature.ts';
import { validateValues } from '../../src/signature/validate.ts';

function check(outputs: string, values: Record<string, unknown>) {
  return validateValues(parseSignature(`-> ${outputs}`).outputs, values);
}

function checkValue(type: string, value: unknown) {
  const checked = check(`value: ${type}`, { value });
  return checked.ok ? checked.values.value : checked.problems;
}

describe('values', () => {
  it.each([
    ['str', ''],
    ['int', 0],
    ['bool', false],
    ['list[str]', []],
    ['dict', {}],
    ['str | None', null],
    ['Any', null],
  ])('that are empty are valid: %s', (type, value) => {
    expect(checkValue(type, value)).toEqual(value);
  });

  it('come back in the order of the fields, with defaults filled in', () => {
    const checked = check("a: str, b: list[int] = [], c: str = 'x'", { c: 'y', a: 'z' });
    expect(checked).toEqual({ ok: true, values: { a: 'z', b: [], c: 'y' } });
    expect(Object.keys(checked.ok ? checked.values : {})).toEqual(['a', 'b', 'c']);
  });

  it('do not share their defaults', () => {
    const { outputs } = parseSignature('-> a: list = []');
    const [first, second] = [validateValues(outputs, {}), validateValues(outputs, {})];
    expect(first.ok && second.ok && first.values.a !== second.values.a).toBe(true);
  });

  it('may lack an optional field, and None says that it is left out', () => {
    const { outputs } = signatureFromZod({ inputs: z.object({}), outputs: z.object({ note: z.string().optional() }) });
    expect(validateValues(outputs, {})).toEqual({ ok: true, values: {} });
    expect(validateValues(outputs, { note: null })).toEqual({ ok: true, values: {} });
  });
});

describe('coerced, because nothing is lost', () => {
  it.each([
    ['int', '7', 7],
    ['int', ' -7 ', -7],
    ['int', '3.0', 3],
    ['float', '1.5', 1.5],
    ['float', '1e3', 1000],
    ['float', 3, 3],
    ['bool', 'true', true],
    ['bool', 'False', false],
    ['str', 7, '7'],
    ['list[int]', ['1', 2], [1, 2]],
    ['dict[str, float]', { a: '0.5' }, { a: 0.5 }],
    ['tuple[str, int]', [1, '2'], ['1', 2]],
    ['Optional[int]', '7', 7],
    ['Literal[1, 2]', '2', 2],
    ["Literal['1', '2']", 2, '2'],
  ])('%s from %j', (type, given, expected) => {
    expect(checkValue(type, given)).toEqual(expected);
  });

  it.each([
    ['str | int', 7],
    ['int | str', '7'],
    ['list[int] | list[str]', ['7']],
    ['Any', '7'],
  ])('but a union keeps the branch that matches: %s', (type, value) => {
    expect(checkValue(type, value)).toEqual(value);
  });

  it.each([
    ['int', 1.5],
    ['int', '7.5'],
    ['int', true],
    ['int', null],
    ['int', ''],
    ['int', '12345678901234567890'],
    ['float', 'nan'],
    ['bool', 1],
    ['bool', 'yes'],
    ['str', null],
    ['str', true],
    ['str', ['a']],
    ['list[str]', 'a'],
  ])('and never what would lose something: %s from %j', (type, value) => {
    expect(checkValue(type, value)).toEqual([expect.stringContaining(`value: expected ${type}, got `)]);
  });
});

describe('problems are named', () => {
  it('missing, extra and ill-typed fields, each in a line', () => {
    expect(check('answer: int, rows: list, total: int', { answer: ['a'], rows: [], sum: 3 })).toEqual({
      ok: false,
      problems: [
        'answer: expected int, got list (["a"])',
        'total: missing (expected int)',
        'sum: there is no such field (the fields are answer: int, rows: list, total: int)',
      ],
    });
  });

  it('by their path within a value', () => {
    const { outputs } = signatureFromZod({
      inputs: z.object({}),
      outputs: z.object({ rows: z.array(z.strictObject({ name: z.string(), wealth: z.int() })) }),
    });
    const rows = [
      { name: 'a', wealth: 1 },
      { name: 'b', wealth: null },
      { name: 'c' },
      { name: 'd', wealth: 2, 'x y': 3 },
    ];
    expect(validateValues(outputs, { rows })).toEqual({
      ok: false,
      problems: [
        'rows[1].wealth: expected int, got None',
        'rows[2].wealth: missing',
        'rows[3]["x y"]: there is no such key',
      ],
    });
  });

  it('for a union, of the branch that was meant', () => {
    expect(checkValue('list[int] | None', [1, 'x'])).toEqual(['value[1]: expected int, got str ("x")']);
    expect(checkValue('list[int] | str', { a: 1 })).toEqual(['value: expected list[int] | str, got dict ({"a":1})']);
  });

  it('for a discriminated union, of the branch that its kind names', () => {
    const shape = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('circle'), radius: z.number() }),
      z.object({ kind: z.literal('square'), side: z.number() }),
    ]);
    const { outputs } = signatureFromZod({ inputs: z.object({}), outputs: z.object({ shape }) });
    expect(validateValues(outputs, { shape: { kind: 'square', side: 'x' } })).toEqual({
      ok: false,
      problems: ['shape.side: expected float, got str ("x")'],
    });
  });

  it('for rules beyond types too', () => {
    const { outputs } = signatureFromZod({ inputs: z.object({}), outputs: z.object({ score: z.int().min(1).max(5) }) });
    expect(validateValues(outputs, { score: 9 })).toEqual({
      ok: false,
      problems: ['score: must be <= 5, got int (9)'],
    });
  });

  it('shortened, and no more than anyone would read', () => {
    const checked = check('rows: list[int]', { rows: Array.from({ length: 100 }, () => 'x'.repeat(10_000)) });
    const problems = checked.ok ? [] : checked.problems;
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe('and 80 more problems');
    expect(problems.every((problem) => problem.length < 200)).toBe(true);
  });

  it('shortened, also where it is a key that is long', () => {
    const values = { [`k${'x'.repeat(10_000)}`]: 'many' };
    for (const checked of [check('a: dict[str, int]', { a: values }), check('a: str', { a: '', ...values })]) {
      const problems = checked.ok ? [] : checked.problems;
      expect(problems).toHaveLength(1);
      expect(problems[0]?.length).toBeLessThan(1_100);
    }
  });

  it('the first alone in a value of very many parts', () => {
    const checked = check('rows: list[int]', { rows: Array.from({ length: 50_000 }, () => null) });
    expect(checked).toEqual({ ok: false, problems: ['rows[0]: expected int, got None'] });
  });
});
