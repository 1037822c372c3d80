import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SignatureError } from '../../src/errors.ts';
import { outputsSchema } from '../../src/prompts/extraction.ts';
import { signatureFromZod } from '../../src/signature/from-zod.ts';
import { validateValues } from '../../src/signature/validate.ts';

const noInputs = z.object({});

function fieldOf(type: z.ZodType) {
  return signatureFromZod({ inputs: noInputs, outputs: z.object({ value: type }) }).outputs[0];
}

describe('a signature from zod objects', () => {
  it('reads like one in text', () => {
    const { text, inputs } = signatureFromZod({
      inputs: z.object({ documents: z.array(z.string()), limit: z.int().default(3) }),
      outputs: z.object({ answer: z.string(), score: z.number().nullable() }),
    });
    expect(text).toBe('documents: list[str], limit: int = 3 -> answer: str, score: float | None');
    expect(inputs[1]).toMatchObject({ required: false, default: 3 });
  });

  it('keeps descriptions, and leaves them and defaults out of the schema', () => {
    expect(fieldOf(z.string().default('x').describe('The verdict.'))).toEqual({
      name: 'value',
      pythonType: 'str',
      schema: { type: 'string' },
      required: false,
      default: 'x',
      description: 'The verdict.',
    });
  });

  it('lets an optional field be left out', () => {
    const field = fieldOf(z.string().optional());
    expect(field).toMatchObject({ required: false });
    expect(field).not.toHaveProperty('default');
  });

  it.each([
    [z.array(z.object({ name: z.string(), age: z.int().optional() })), "list[{'name': str, 'age': NotRequired[int]}]"],
    [z.record(z.string(), z.number()), 'dict[str, float]'],
    [z.enum(['a', 'b']), "Literal['a', 'b']"],
    [z.tuple([z.string(), z.boolean()]), 'tuple[str, bool]'],
    [z.union([z.null(), z.string(), z.array(z.int())]), 'str | list[int] | None'],
    [z.unknown(), 'Any'],
    [z.string().transform((text) => text.length), 'str'],
  ])('shows the Python type %#', (type, pythonType) => {
    expect(fieldOf(type)?.pythonType).toBe(pythonType);
  });

  it.each([
    ['date', z.date()],
    ['bigint', z.bigint()],
    ['map', z.map(z.string(), z.string())],
    ['set', z.set(z.string())],
    ['file', z.file()],
    ['class', z.instanceof(Map)],
    ['a date within', z.object({ at: z.array(z.date()) })],
  ])('refuses what JSON has not, naming the field: %s', (_, type) => {
    expect(() => fieldOf(type)).toThrow(SignatureError);
    expect(() => fieldOf(type)).toThrow(/^output "value": /);
  });

  it('refuses reserved and duplicate names and an empty list of outputs', () => {
    const text = z.string();
    expect(() => signatureFromZod({ inputs: z.object({ import: text }), outputs: z.object({ a: text }) })).toThrow(
      'input: "import" is a Python keyword',
    );
    expect(() => signatureFromZod({ inputs: z.object({ a: text }), outputs: z.object({ a: text }) })).toThrow(
      '"a" is already the name of an input',
    );
    expect(() => signatureFromZod({ inputs: noInputs, outputs: z.object({}) })).toThrow('at least one');
  });
});

describe('a recursive type', () => {
  const Person = z.object({
    name: z.string(),
    get children() {
      return z.array(Person);
    },
  });
  const { outputs } = signatureFromZod({
    inputs: noInputs,
    outputs: z.object({ first: Person, rest: z.array(Person) }),
  });

  it('has a Python type that ends', () => {
    expect(outputs[0]?.pythonType).toBe("{'name': str, 'children': list[dict]}");
  });

  it('is validated to its depth', () => {
    const child = (name: unknown) => ({ name: 'a', children: [{ name, children: [] }] });
    expect(validateValues(outputs, { first: child('b'), rest: [] })).toMatchObject({ ok: true });
    const wrong = validateValues(outputs, { first: child('b'), rest: [child(null)] });
    expect(wrong).toEqual({ ok: false, problems: ['rest[0].children[0].name: expected str, got None'] });
  });

  it('keeps its references right within the schema of all outputs', () => {
    const schema = outputsSchema(outputs);
    const all = [{ name: 'all', pythonType: 'dict', schema, required: true }];
    const leaf = { name: 'a', children: [] };
    expect(validateValues(all, { all: { first: leaf, rest: [leaf] } })).toMatchObject({ ok: true });
    expect(validateValues(all, { all: { first: leaf, rest: [{ name: 'a' }] } })).toMatchObject({ ok: false });
  });
});
