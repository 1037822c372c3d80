import { describe, expect, it } from 'vitest';
import { SignatureError } from '../../src/errors.ts';
import { parseSignature } from '../../src/signature/parse-signature.ts';

function typeOf(type: string) {
  const field = parseSignature(`-> value: ${type}`).outputs[0];
  return { pythonType: field?.pythonType, schema: field?.schema };
}

function refusal(text: string): SignatureError {
  try {
    parseSignature(text);
  } catch (error) {
    if (error instanceof SignatureError) return error;
    throw error;
  }
  throw new Error(`not refused: ${text}`);
}

describe('a signature', () => {
  it('names and types inputs and outputs', () => {
    expect(parseSignature('documents: list[str], question: str -> answer: str')).toEqual({
      text: 'documents: list[str], question: str -> answer: str',
      inputs: [
        {
          name: 'documents',
          pythonType: 'list[str]',
          schema: { type: 'array', items: { type: 'string' } },
          required: true,
        },
        { name: 'question', pythonType: 'str', schema: { type: 'string' }, required: true },
      ],
      outputs: [{ name: 'answer', pythonType: 'str', schema: { type: 'string' }, required: true }],
    });
  });

  it('takes a field without a type for a str', () => {
    expect(parseSignature('question -> answer').text).toBe('question: str -> answer: str');
  });

  it('is normalised to one line, whatever its spaces, newlines and trailing commas', () => {
    const text = `
      documents:list[ str ],
      question : str,
      ->answer:int
    `;
    expect(parseSignature(text).text).toBe('documents: list[str], question: str -> answer: int');
  });

  it('reads back what it normalised', () => {
    const text = "a: Literal['x', 2, True] = 'x', b: dict[str, list[int]] | None = None -> c: tuple[str, int], d: Any";
    const signature = parseSignature(text);
    expect(signature.text).toBe(text);
    expect(parseSignature(signature.text)).toEqual(signature);
  });

  it('may have no inputs', () => {
    expect(parseSignature('-> answer: str').inputs).toEqual([]);
  });

  it('gives fields defaults, which make them optional', () => {
    const { inputs } = parseSignature(
      `a: int = -3, b: float = 1.5, c = 'it\\'s', d: bool = False, e: list[int] = [1, 2], f: dict = {'k': None} -> g`,
    );
    expect(inputs.map((field) => field.default)).toEqual([-3, 1.5, "it's", false, [1, 2], { k: null }]);
    expect(inputs.every((field) => !field.required)).toBe(true);
  });
});

describe('a type', () => {
  it.each([
    ['str', 'str', { type: 'string' }],
    ['int', 'int', { type: 'integer' }],
    ['float', 'float', { type: 'number' }],
    ['bool', 'bool', { type: 'boolean' }],
    ['Any', 'Any', {}],
    ['list', 'list', { type: 'array' }],
    ['dict', 'dict', { type: 'object' }],
    ['list[dict]', 'list[dict]', { type: 'array', items: { type: 'object' } }],
    ['List[str]', 'list[str]', { type: 'array', items: { type: 'string' } }],
    ['typing.Dict[str, int]', 'dict[str, int]', { type: 'object', additionalProperties: { type: 'integer' } }],
    ['Optional[str]', 'str | None', { anyOf: [{ type: 'string' }, { type: 'null' }] }],
    ['int | None', 'int | None', { anyOf: [{ type: 'integer' }, { type: 'null' }] }],
    [
      'Union[int, str | None]',
      'int | str | None',
      { anyOf: [{ type: 'integer' }, { type: 'string' }, { type: 'null' }] },
    ],
    ['str | str', 'str', { type: 'string' }],
    ['Literal[\'a\', "b"]', "Literal['a', 'b']", { type: 'string', enum: ['a', 'b'] }],
    ["Literal['a', 2, True]", "Literal['a', 2, True]", { enum: ['a', 2, true] }],
    [
      'tuple[str, int]',
      'tuple[str, int]',
      { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false, minItems: 2, maxItems: 2 },
    ],
    ['tuple[int, ...]', 'tuple[int, ...]', { type: 'array', items: { type: 'integer' } }],
  ])('%s is %s', (given, pythonType, schema) => {
    expect(typeOf(given)).toEqual({ pythonType, schema });
  });
});

describe('refused at once, with the column', () => {
  it.each([
    ['a: str', 'column 7: missing "->"'],
    ['a b -> c', 'column 3: expected "," or "->", found "b"'],
    ['a: str ->', 'column 10: no outputs'],
    ['a -> b -> c', 'column 8: expected "," or the end, found "->"'],
    ['a -> b;', 'column 7: unexpected character ";"'],
    ['a,, b -> c', 'column 3: expected the name of an input, found ","'],
    ['class: str -> b', 'column 1: "class" is a Python keyword'],
    ['a -> SUBMIT', 'column 6: "SUBMIT" is a function of the REPL'],
    ['llm_query_batched_async -> b', 'column 1: "llm_query_batched_async" is a function of the REPL'],
    ['list: str -> b', 'column 1: "list" is a Python built-in'],
    ['_rlm_x -> b', 'column 1: "_rlm_x" is reserved'],
    ['__name__ -> b', 'column 1: "__name__" is reserved'],
    [`${'n'.repeat(101)} -> b`, 'column 1: "nnnnnnnnnnnnnnnnnnnn"… is too long: a name has at most 100 characters'],
    ['my-name -> b', 'column 1: "my-name" is not a name Python can use'],
    ['größe -> b', 'column 1: "größe" is not a name Python can use'],
    ['a, b, a -> c', 'column 7: "a" is already the name of an input'],
    ['a -> b, b', 'column 9: "b" is already the name of an output'],
    ['a -> a', 'column 6: "a" is already the name of an input'],
    ['a: string -> b', 'column 4: unknown type "string"; write str'],
    ['a: Foo -> b', 'column 4: unknown type "Foo"; the types are str, int'],
    ['a: set[str] -> b', 'column 4: unknown type "set"; write list[T], as JSON has no sets'],
    ['a: dict[int, str] -> b', "column 4: a dict's keys must be str, as in JSON; found int"],
    ['a: list[str -> b', 'column 13: expected "]"'],
    ['a: list[str, int] -> b', 'column 4: list takes one type'],
    ['a: int = "x" -> b', "column 10: the default 'x' is not of type int"],
    ["a = 'x -> b", 'column 5: this string has no end'],
  ])('%s', (text, message) => {
    const { message: told, position } = refusal(text);
    expect(told).toContain(message);
    expect(told).not.toContain('\n');
    expect(position).toBe(Number(/column (\d+)/.exec(told)?.[1]) - 1);
  });

  it('names the line too where there are several', () => {
    expect(refusal('a: str,\nb: Foo -> c').message).toContain('line 2, column 4: unknown type "Foo"');
  });

  it('a type nested without end', () => {
    expect(refusal(`a: ${'list['.repeat(10_000)} -> b`).message).toContain('nested too deeply');
  });

  it('but not an output with the name of a built-in, which hides nothing', () => {
    expect(parseSignature('a -> sum: int, type: str').outputs).toHaveLength(2);
  });
});
