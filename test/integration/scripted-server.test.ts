import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '../../src/model/model-client.ts';
import { allScripts } from '../../src/scripted/load-scripts.ts';
import { type ScriptedServer, startScriptedServer } from '../../src/scripted/server.ts';

const run = promisify(execFile);

let server: ScriptedServer;
let openai: OpenAI;

beforeEach(async () => {
  server = await startScriptedServer({ scripts: allScripts({}) });
  openai = new OpenAI({ baseURL: server.url, apiKey: 'none', maxRetries: 0 });
});

afterEach(() => server[Symbol.asyncDispose]());

async function say(model: string, messages: Message[]): Promise<string> {
  const { choices } = await openai.chat.completions.create({ model, messages });
  return choices[0]?.message.content ?? '';
}

function agent(signature: string): Message[] {
  return [
    { role: 'system', content: `An agent.\nSignature: ${signature}\nDepth: 0\n` },
    { role: 'user', content: 'the inputs' },
  ];
}

function codeOf(reply: string): string {
  return /```python\n([\s\S]*?)```/.exec(reply)?.[1] ?? '';
}

describe('the server', () => {
  it('lists its scripts as models', async () => {
    const names: string[] = [];
    for await (const { id } of openai.models.list()) names.push(id);
    expect(names).toEqual(expect.arrayContaining(['primes', 'echo', 'documents']));
  });

  it('streams when it is asked to', async () => {
    const messages = [{ role: 'user' as const, content: 'hello' }];
    const stream = await openai.chat.completions.create({ model: 'echo', messages, stream: true });
    const texts: string[] = [];
    for await (const { choices } of stream) texts.push(choices[0]?.delta.content ?? '');
    expect(texts.join('')).toBe('HELLO');
  });

  it('counts requests by model and purpose, and keeps what they asked', async () => {
    await say('echo', [{ role: 'user', content: 'hello' }]);
    await say('primes', agent('question: str -> answer: int'));
    expect(server.counts).toMatchObject({
      total: 2,
      completed: 2,
      byModel: { echo: 1, primes: 1 },
      byKind: { agent: 1, summary: 0, query: 1, extraction: 0 },
    });
    expect(server.requests).toMatchObject([
      { kind: 'query', lastMessage: 'hello', outcome: 200 },
      { kind: 'agent', signature: 'question: str -> answer: int', depth: 0, iteration: 1 },
    ]);
    server.reset();
    expect(server.counts.total).toBe(0);
  });

  it('lets only matching requests fail, as often as ordered', async () => {
    server.failNext({ kind: 'overloaded', count: 2, request: 'agent' });
    const query: Message[] = [{ role: 'user', content: 'hello' }];
    expect(await say('echo', query)).toBe('HELLO');
    await expect(say('echo', agent('a: str -> b: str'))).rejects.toMatchObject({ status: 503 });
    await expect(say('echo', agent('a: str -> b: str'))).rejects.toMatchObject({ status: 503 });
    expect(await say('echo', agent('a: str -> b: str'))).toContain('SUBMIT(a)');
  });

  it('is controlled over HTTP from other processes', async () => {
    const control = new URL('/control', server.url);
    const body = JSON.stringify({ reset: true, latencyMs: 1, fail: [{ kind: 'rate-limited', retryAfter: 3 }] });
    expect((await fetch(control, { method: 'POST', body })).status).toBe(200);
    expect(server.latencyMs).toBe(1);
    const failure: unknown = await say('echo', [{ role: 'user', content: 'hello' }]).catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 429 });
    expect(await (await fetch(control)).json()).toMatchObject({ counts: { total: 1 }, requests: [{ outcome: 429 }] });
  });

  it('names the mistake in a request that it cannot read', async () => {
    const control = await fetch(new URL('/control', server.url), { method: 'POST', body: '{"fail": [{"kind": "x"}]}' });
    expect(control.status).toBe(400);
    expect(await control.text()).toContain('fail[0].kind');
    await expect(say('echo', [])).rejects.toMatchObject({ status: 400 });
    await expect(say('nope', agent('a: str -> b: str'))).rejects.toMatchObject({ status: 404 });
  });

  it('counts a conversation that only grows as cached', async () => {
    const messages = agent('question: str -> answer: str');
    const usageOf = async (conversation: Message[]) =>
      (await openai.chat.completions.create({ model: 'echo', messages: conversation })).usage;
    const first = await usageOf(messages);
    const second = await usageOf([...messages, { role: 'assistant', content: 'x' }, { role: 'user', content: 'y' }]);
    expect(first?.prompt_tokens_details?.cached_tokens).toBe(0);
    expect(second?.prompt_tokens_details?.cached_tokens).toBe(first?.prompt_tokens);
  });
});

/** Runs cells one after another, as a kernel would, and returns what they printed; SUBMIT prints `submitted` and its value. */
async function python(prelude: string, ...cells: string[]): Promise<string> {
  const submit = 'def SUBMIT(value):\n    print("submitted", repr(value))\n';
  const { stdout } = await run('python3', ['-c', [submit, prelude, ...cells].join('\n')]);
  return stdout;
}

describe('the script primes', () => {
  const question = 'question = "What is the sum of the first 100 primes?"';

  it('computes the sum that the question asks for, then submits the variable', async () => {
    const messages = agent('question: str -> answer: int');
    const compute = await say('primes', messages);
    const observation = await python(question, codeOf(compute));
    expect(observation).toContain('sum of the first 100 primes: 24133');
    messages.push({ role: 'assistant', content: compute }, { role: 'user', content: observation });
    const submit = await say('primes', messages);
    expect(await python(question, codeOf(compute), codeOf(submit))).toContain('submitted 24133');
  });

  it('takes the number and the name of the input from the run, and submits text where text is wanted', async () => {
    const messages = agent('task: str -> answer: str');
    const compute = codeOf(await say('primes', messages));
    expect(await python('task = "Add up the first 1,000 primes"', compute)).toContain('1000 primes: 3682913');
    messages.push({ role: 'assistant', content: compute }, { role: 'user', content: 'sum of the first' });
    expect(codeOf(await say('primes', messages)).trim()).toBe('SUBMIT(str(total))');
  });

  it('computes again after a cell that failed', async () => {
    const messages = agent('question: str -> answer: int');
    messages.push({ role: 'assistant', content: 'x' }, { role: 'user', content: 'NameError: …' });
    expect(await say('primes', messages)).toContain('total = sum(primes)');
  });
});

describe('the script documents', () => {
  it('answers a question from the document that holds the answer', async () => {
    const prelude = [
      'documents = ["Apples are red. The sky is blue.", "The licence of Foo is MIT. It is short."]',
      'question = "What is the licence of Foo?"',
      'prompts_seen = []',
    ].join('\n');
    const messages = agent('documents: list[str], question: str -> answer: str');
    const next = async (observation: string) => {
      messages.push({ role: 'assistant', content: 'x' }, { role: 'user', content: observation });
      return codeOf(await say('documents', messages));
    };
    const explore = codeOf(await say('documents', messages));
    const seen = await python(prelude, explore);
    expect(seen).toContain('2 documents');
    const ask = await next(seen);

    const collect = 'import json\ndef llm_query_batched(prompts):\n    print(json.dumps(prompts))\n    return []';
    const [printed = ''] = (await python(prelude, collect, ask)).split('\n');
    const prompts = JSON.parse(printed) as string[];
    const answers = await Promise.all(prompts.map((content) => say('documents', [{ role: 'user', content }])));
    expect(answers).toEqual(['NOTHING RELEVANT', 'The licence of Foo is MIT.']);

    const answer = `def llm_query_batched(prompts):\n    return ${JSON.stringify(answers)}`;
    const found = await python(prelude, answer, ask);
    expect(found).toContain('1 documents with an answer, of 2');
    const submit = await next(found);
    expect(await python(prelude, answer, ask, submit)).toContain("submitted '[1] The licence of Foo is MIT.'");
  });
});
