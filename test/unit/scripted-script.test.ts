import { describe, expect, it } from 'vitest';
import { answerRequest } from '../../src/scripted/answer.ts';
import { fieldNames } from '../../src/scripted/field-names.ts';
import { type AgentReplies, defineScript, type Script } from '../../src/scripted/script.ts';
import { ChatRequest, plainMessages, readScriptedRequest } from '../../src/scripted/scripted-request.ts';
import { simplestValue } from '../../src/scripted/simplest-value.ts';
import { PrefixCache } from '../../src/scripted/token-estimate.ts';

const schema = { type: 'object', properties: { answer: { type: 'string' }, count: { type: 'integer' } } };

function read(messages: object[], more: object = {}) {
  const chat = ChatRequest.parse({ model: 'm', messages, ...more });
  return readScriptedRequest(chat, plainMessages(chat));
}

function agentMessages(depth: number, replies: number) {
  const turns = Array.from({ length: replies }, (_, index) => [
    { role: 'assistant', content: `cell ${index + 1}` },
    { role: 'user', content: `observation ${index + 1}` },
  ]);
  return [
    { role: 'system', content: `You are an agent.\nSignature: question: str -> answer: str\nDepth: ${depth}\nGo on.` },
    { role: 'user', content: 'the task' },
    ...turns.flat(),
  ];
}

async function contentOf(script: Script, messages: object[], more: object = {}) {
  return (await answerRequest(script, read(messages, more))).content;
}

describe('readScriptedRequest', () => {
  it('knows an agent by the lines of its system prompt, and counts its iterations', () => {
    expect(read(agentMessages(2, 3))).toMatchObject({
      kind: 'agent',
      conversation: {
        signature: 'question: str -> answer: str',
        depth: 2,
        iteration: 4,
        firstMessage: 'the task',
        lastObservation: 'observation 3',
      },
    });
  });

  it('has no observation in the first iteration', () => {
    expect(read(agentMessages(0, 0))).toMatchObject({ conversation: { iteration: 1, lastObservation: null } });
  });

  it('takes everything else for a query, whose prompt is the last user message', () => {
    const parts = [
      { type: 'text', text: 'the ' },
      { type: 'text', text: 'prompt' },
    ];
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: parts },
    ];
    expect(read(messages)).toMatchObject({ kind: 'query', query: { prompt: 'the prompt', jsonSchema: null } });
  });

  it('knows the request for the output fields by its schema', () => {
    const response_format = { type: 'json_schema', json_schema: { name: 'answer', schema } };
    expect(read(agentMessages(0, 2), { response_format })).toMatchObject({ kind: 'extraction', jsonSchema: schema });
  });
});

describe('answerRequest', () => {
  const script = (agent: AgentReplies): Script => defineScript({ name: 'test', agent });

  it('takes replies by iteration, and repeats the last', async () => {
    const two = script(['one', 'two']);
    expect(await contentOf(two, agentMessages(0, 0))).toBe('one');
    expect(await contentOf(two, agentMessages(0, 1))).toBe('two');
    expect(await contentOf(two, agentMessages(3, 7))).toBe('two');
  });

  it('takes replies by depth, where the last list serves all deeper agents', async () => {
    const deep = script([['root'], ['child', { content: 'child again' }]]);
    expect(await contentOf(deep, agentMessages(0, 1))).toBe('root');
    expect(await contentOf(deep, agentMessages(1, 0))).toBe('child');
    expect(await contentOf(deep, agentMessages(4, 1))).toBe('child again');
  });

  it('asks a function with the conversation', async () => {
    const asked = script(({ depth, iteration, lastObservation }) => `${depth} ${iteration} ${lastObservation}`);
    expect(await contentOf(asked, agentMessages(1, 1))).toBe('1 2 observation 1');
  });

  it('answers queries by itself where the script does not', async () => {
    const silent = script(['one']);
    const query = [{ role: 'user', content: 'why?' }];
    expect(await contentOf(silent, query)).toBe('Scripted answer to: why?');
    const response_format = { type: 'json_schema', json_schema: { name: 'answer', schema } };
    expect(await contentOf(silent, query, { response_format })).toBe('{"answer":"","count":0}');
    expect(await contentOf(silent, agentMessages(0, 2), { response_format })).toBe('{"answer":"","count":0}');
  });
});

describe('simplestValue', () => {
  it.each([
    [{ type: 'array', items: { type: 'boolean' }, minItems: 2 }, [false, false]],
    [{ enum: ['red', 'blue'] }, 'red'],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, ''],
    [{ type: 'integer', default: 7 }, 7],
    [{ type: 'number', minimum: 3 }, 3],
    [{ type: ['null', 'string'] }, null],
    [{}, null],
  ])('of %j is %j', (jsonSchema, expected) => {
    expect(simplestValue(jsonSchema)).toEqual(expected);
  });
});

describe('fieldNames', () => {
  it.each([
    ['documents: list[str], question: str -> answer: str', ['documents', 'question'], ['answer']],
    ['pairs: dict[str, tuple[int, int]], n: int = 3 -> a: int, b: str | None', ['pairs', 'n'], ['a', 'b']],
    ['-> answer', [], ['answer']],
  ])('of %s', (signature, inputs, outputs) => {
    expect(fieldNames(signature)).toEqual({ inputs, outputs });
  });
});

describe('PrefixCache', () => {
  const message = (content: string) => ({ role: 'user' as const, content });

  it('counts the tokens of the longest prefix seen before', () => {
    const cache = new PrefixCache();
    const first = [message('a'.repeat(400)), message('b'.repeat(40))];
    expect(cache.measure('m', first)).toMatchObject({ promptTokens: 110, cachedTokens: 0 });
    expect(cache.measure('m', [...first, message('c')])).toMatchObject({ promptTokens: 111, cachedTokens: 110 });
    expect(cache.measure('m', [message('a'.repeat(400)), message('d')])).toMatchObject({ cachedTokens: 100 });
    expect(cache.measure('m', [message('other'), ...first])).toMatchObject({ cachedTokens: 0 });
    expect(cache.measure('another model', first)).toMatchObject({ cachedTokens: 0 });
  });
});
