import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { type AgentDefinition, type AnyAgentDefinition, defineAgent, toolFunctions } from '../../src/define-agent.ts';
import { SignatureError, UsageError } from '../../src/errors.ts';
import { tool } from '../../src/tool.ts';

const lookup = tool({
  description: 'Looks up a word.',
  parameters: z.object({ language: z.enum(['fr', 'en']).default('fr'), word: z.string().describe('In lower case.') }),
  execute: ({ word, language }) => `${language}:${word}`,
});

describe('an agent', () => {
  it('knows the types of its inputs and outputs', () => {
    const wealth = defineAgent({
      name: 'wealth',
      inputs: z.object({ chapters: z.array(z.string()), limit: z.int().default(3) }),
      outputs: z.object({ people: z.array(z.object({ name: z.string(), francs: z.coerce.number() })) }),
    });
    expectTypeOf(wealth).toExtend<
      AgentDefinition<
        { chapters: string[]; limit?: number | undefined },
        { people: { name: string; francs: number }[] }
      >
    >();
    expectTypeOf(wealth).toExtend<AnyAgentDefinition>();
    expect(wealth.signature.text).toBe(
      "chapters: list[str], limit: int = 3 -> people: list[{'name': str, 'francs': float}]",
    );
  });

  it('may have a signature in text, whose values have no types', () => {
    const agent = defineAgent({ name: 'a', signature: 'a: str -> b: int' });
    expectTypeOf(agent).toEqualTypeOf<AgentDefinition<Record<string, unknown>, Record<string, unknown>>>();
    expect(agent).toMatchObject({ schemas: null, tools: {}, limits: {}, model: null, subModel: null });
  });

  it('keeps only the limits that were given', () => {
    const agent = defineAgent({ name: 'a', signature: '-> b', limits: { maxIterations: 7 } });
    expect(agent.limits).toEqual({ maxIterations: 7 });
  });

  it('describes its tools as Python functions', () => {
    const agent = defineAgent({ name: 'a', signature: '-> b', tools: { lookup } });
    expect(toolFunctions(agent)).toEqual([
      {
        name: 'lookup',
        description: 'Looks up a word.',
        parameters: [
          { name: 'language', pythonType: "Literal['fr', 'en']", required: false, default: 'fr' },
          { name: 'word', pythonType: 'str', required: true, description: 'In lower case.' },
        ],
      },
    ]);
  });
});

describe('refused at once, in one line that names the agent', () => {
  const parameters = z.object({});
  const some = tool({ description: '', parameters, execute: () => null });

  it.each([
    ['keyword', { lambda: some }, '"lambda" is a Python keyword'],
    ['REPL function', { rlm_query: some }, '"rlm_query" is a function of the REPL'],
    ['built-in', { open: some }, '"open" is a Python built-in'],
    ['not a name', { 'look-up': some }, '"look-up" is not a name Python can use'],
    ['name of an input', { text: some }, '"text" is already the name of an input or a tool'],
    ['name of another tool for asyncio', { a: some, a_async: some }, '"a_async" is already the name'],
  ])('a tool whose name is a %s', (_, tools, message) => {
    const define = () => defineAgent({ name: 'agent', signature: 'text -> b', tools });
    expect(define).toThrow(UsageError);
    expect(define).toThrow(/^agent "agent": tool/);
    expect(define).toThrow(message);
  });

  it('a tool with a parameter that is not JSON', () => {
    const tools = { at: tool({ description: '', parameters: z.object({ when: z.date() }), execute: () => null }) };
    expect(() => defineAgent({ name: 'a', signature: '-> b', tools })).toThrow(
      'agent "a": tool "at": parameter "when":',
    );
  });

  it('a limit that does not exist, or is out of range', () => {
    const define = (limits: object) => () => defineAgent({ name: 'a', signature: '-> b', limits });
    expect(define({ maxTurns: 3 })).toThrow('agent "a": limits: there is no "maxTurns"; the limits are maxIterations');
    expect(define({ maxIterations: 0 })).toThrow(/agent "a": limits: maxIterations: .*, got 0/);
  });

  it('instructions that would fill the history', () => {
    const instructions = 'x'.repeat(200_001);
    expect(() => defineAgent({ name: 'a', signature: '-> b', instructions })).toThrow(
      'agent "a": instructions may have 200,000 characters; give longer texts as inputs',
    );
  });

  it('a name that could not name a run', () => {
    expect(() => defineAgent({ name: '../x', signature: '-> b' })).toThrow('agent "../x": a name is a letter');
  });

  it('a signature with a mistake, and its position', () => {
    const define = () => defineAgent({ name: 'a', signature: 'a: strng -> b' });
    expect(define).toThrow(SignatureError);
    expect(define).toThrow('agent "a": column 4: unknown type "strng"');
  });
});
