import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ModelError, UsageError } from '../../src/errors.ts';
import { createModelClient } from '../../src/model/create-model-client.ts';
import type { CompletionRequest, ModelClient, ReplyProgress } from '../../src/model/model-client.ts';
import type { FaultKind } from '../../src/scripted/faults.ts';
import { defineScript } from '../../src/scripted/script.ts';
import { type ScriptedServer, startScriptedServer } from '../../src/scripted/server.ts';
import { noModelSettings as settings } from '../support/model-settings.ts';

/** Ends the waiting of a reply that is sent in two pieces. */
let writing = Promise.withResolvers<void>();

async function* inTwo(content: string): AsyncGenerator<string> {
  yield content.slice(0, 6);
  await writing.promise;
  yield content.slice(6);
}

const thoughtful = defineScript({
  name: 'thoughtful',
  agent: ['unused'],
  query: (prompt) => {
    if (prompt === 'nothing') return { content: null };
    if (prompt === 'slowly') return { content: 'about slowly', reasoning: 'I thought', pieces: inTwo };
    if (prompt === 'broken') throw new Error('no such page');
    if (prompt === 'twice') return { content: 'third time', fail: { kind: 'overloaded', times: 2 } };
    return {
      content: `about ${prompt}`,
      reasoning: 'I thought',
      usage: { promptTokens: 1_000, cachedTokens: 400, completionTokens: 50 },
    };
  },
});

function ask(model: string, content: string, more: Partial<CompletionRequest> = {}): CompletionRequest {
  return { model, messages: [{ role: 'user', content }], ...more };
}

async function failureOf(completion: Promise<unknown>): Promise<ModelError> {
  const error: unknown = await completion.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (error instanceof ModelError) return error;
  throw error;
}

describe('a client of a server that answers', () => {
  let server: ScriptedServer;
  let client: ModelClient;

  beforeEach(async () => {
    server = await startScriptedServer({ scripts: { thoughtful } });
    writing = Promise.withResolvers<void>();
    client = createModelClient({
      ...settings,
      openaiBaseUrl: server.url,
      openaiApiKey: 'secret-key-1234',
      prices: { 'openai/thoughtful': { input: 2, cachedInput: 0.5, output: 10 } },
    });
  });

  afterEach(async () => {
    await client[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  it('reads text, reasoning and usage, and computes the cost from the price table', async () => {
    expect(await client.complete(ask('openai/thoughtful', 'whales'))).toEqual({
      text: 'about whales',
      reasoning: 'I thought',
      finishReason: 'stop',
      usage: {
        promptTokens: 1_000,
        cachedTokens: 400,
        completionTokens: 50,
        costUsd: expect.closeTo((600 * 2 + 400 * 0.5 + 50 * 10) / 1e6, 12),
      },
    });
  });

  it('reads missing content as an empty text', async () => {
    expect(await client.complete(ask('openai/thoughtful', 'nothing'))).toMatchObject({ text: '', reasoning: null });
  });

  it('tells what has been said while the reply is written, and returns the whole', async () => {
    const said: ReplyProgress[] = [];
    const request = ask('openai/thoughtful', 'slowly', { onProgress: (progress) => said.push(progress) });
    const reply = client.complete(request);
    await vi.waitUntil(() => said.at(-1)?.text === 'about ');
    expect(said.at(-1)).toEqual({ text: 'about ', reasoning: 'I thought' });
    expect(server.counts.inFlight).toBe(1);
    writing.resolve();
    expect(await reply).toEqual({
      text: 'about slowly',
      reasoning: 'I thought',
      finishReason: 'stop',
      usage: {
        promptTokens: 2,
        cachedTokens: 0,
        completionTokens: 3,
        costUsd: expect.closeTo((2 * 2 + 3 * 10) / 1e6, 12),
      },
    });
    expect(said.at(-1)?.text).toBe('about slowly');
  });

  it('asks for the whole at once where settings say that the server has no pieces', async () => {
    await using other = createModelClient({ ...settings, openaiBaseUrl: server.url, stream: false });
    const onProgress = vi.fn();
    expect((await other.complete(ask('openai/thoughtful', 'whales', { onProgress }))).text).toBe('about whales');
    expect(onProgress).not.toHaveBeenCalled();
  });

  it('ends a reply in pieces at its time limit', async () => {
    const reply = client.complete(ask('openai/thoughtful', 'slowly', { timeoutMs: 100, onProgress: () => {} }));
    expect((await failureOf(reply)).kind).toBe('timeout');
    await vi.waitUntil(() => server.counts.inFlight === 0);
    expect(server.requests[0]?.outcome).toBe('abandoned');
    writing.resolve();
  });

  it('ends a reply in pieces that is not wanted any more, with the reason', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const reason = new Error('the run was cancelled');
    const onProgress = () => controller.abort(reason);
    await expect(client.complete(ask('openai/thoughtful', 'slowly', { signal, onProgress }))).rejects.toBe(reason);
    await vi.waitUntil(() => server.counts.inFlight === 0);
    writing.resolve();
  });

  const kinds: [FaultKind, ModelError['kind'], number | undefined][] = [
    ['rate-limited', 'rate-limited', 429],
    ['server-error', 'unavailable', 500],
    ['overloaded', 'unavailable', 503],
    ['unauthorized', 'unauthorized', 401],
    ['not-found', 'not-found', 404],
    ['rejected', 'rejected', 400],
    ['context-length', 'context-length', 400],
    ['cut-off', 'unavailable', undefined],
    ['malformed', 'malformed', undefined],
    ['no-choices', 'malformed', undefined],
  ];

  const ways: [string, Partial<CompletionRequest>][] = [
    ['at once', {}],
    ['in pieces', { onProgress: () => {} }],
  ];
  const failures = ways.flatMap(([way, more]) => kinds.map((known) => [...known, way, more] as const));

  it.each(failures)('reports %s as %s (%s, %s), after one attempt, in one line without the key', async (...failure) => {
    const [fault, kind, status, , more] = failure;
    server.failNext({ kind: fault });
    const error = await failureOf(client.complete(ask('openai/thoughtful', 'whales', more)));
    expect(error.kind).toBe(kind);
    expect(error.details.status).toBe(status);
    expect(error.message).toMatch(/^openai\/thoughtful: [^\n]+$/);
    expect(error.message).not.toContain('secret-key-1234');
    expect(server.counts.total).toBe(1);
    expect((await client.complete(ask('openai/thoughtful', 'whales'))).text).toBe('about whales');
  });

  it.each([
    ['rate-limited', 7, 7_000],
    ['overloaded', '1.5', 1_500],
    ['rate-limited', new Date(0).toUTCString(), 0],
  ] as const)('tells how long the provider asks to wait (%s, %s)', async (kind, retryAfter, expected) => {
    server.failNext({ kind, retryAfter });
    const error = await failureOf(client.complete(ask('openai/thoughtful', 'whales')));
    expect(error.details.retryAfterMs).toBe(expected);
  });

  it('ends a request that hangs at its time limit', async () => {
    server.failNext({ kind: 'hang' });
    const error = await failureOf(client.complete(ask('openai/thoughtful', 'whales', { timeoutMs: 50 })));
    expect(error.kind).toBe('timeout');
    await vi.waitUntil(() => server.requests[0]?.outcome === 'hang');
  });

  it('throws the reason of an abort, and really ends the request', async () => {
    server.latencyMs = 60_000;
    const controller = new AbortController();
    const completion = client.complete(ask('openai/thoughtful', 'whales', { signal: controller.signal }));
    await vi.waitUntil(() => server.counts.inFlight === 1);
    const reason = new Error('the run was cancelled');
    controller.abort(reason);
    await expect(completion).rejects.toBe(reason);
    await vi.waitUntil(() => server.counts.inFlight === 0);
    expect(server.requests[0]?.outcome).toBe('abandoned');
  });

  it('does not ask at all when it was aborted before', async () => {
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(client.complete(ask('openai/thoughtful', 'whales', { signal }))).rejects.toThrow('too late');
    expect(server.counts.total).toBe(0);
  });

  it('lets many requests share one signal without a warning', async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on('warning', warned);
    const { signal } = new AbortController();
    const replies = Array.from({ length: 50 }, (_, index) =>
      client.complete(ask('openai/thoughtful', `${index}`, { signal })),
    );
    expect((await Promise.all(replies)).map(({ text }) => text)).toEqual(replies.map((_, index) => `about ${index}`));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  });

  it('says what a script threw, as a rejection that is not tried again', async () => {
    const error = await failureOf(client.complete(ask('openai/thoughtful', 'broken')));
    expect(error).toMatchObject({ kind: 'rejected', message: expect.stringContaining('no such page') });
  });

  it('fails as often as the script says, then answers', async () => {
    const twice = ask('openai/thoughtful', 'twice');
    expect((await failureOf(client.complete(twice))).kind).toBe('unavailable');
    expect((await failureOf(client.complete(twice))).kind).toBe('unavailable');
    expect((await client.complete(twice)).text).toBe('third time');
  });
});

describe('a client of a server that is not there', () => {
  it('reports that it cannot be reached', async () => {
    const server = await startScriptedServer({ scripts: {} });
    await server[Symbol.asyncDispose]();
    await using client = createModelClient({ ...settings, openaiBaseUrl: server.url });
    const error = await failureOf(client.complete(ask('openai/any', 'whales')));
    expect(error).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('cannot be reached') });
  });
});

describe('OPENAI_BASE_URL', () => {
  interface Received {
    path: string | undefined;
    headers: IncomingHttpHeaders;
    body: unknown;
  }

  async function minimalServer(reply: unknown) {
    const received: Received[] = [];
    const server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      received.push({ path: request.url, headers: request.headers, body: JSON.parse(text) });
      response.setHeader('content-type', 'application/json').end(JSON.stringify(reply));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}/base/`,
      received,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  it('reaches any compatible server, without a key, with parameters and schema', async () => {
    await using server = await minimalServer({ choices: [{ message: { content: '{}', reasoning_content: 'why' } }] });
    await using client = createModelClient({ ...settings, openaiBaseUrl: server.url });
    const jsonSchema = { type: 'object', properties: {} };
    const completion = await client.complete(
      ask('openai/qwen/qwen3', 'hello', { jsonSchema, parameters: { temperature: 0, max_tokens: 10 } }),
    );
    expect(completion).toEqual({
      text: '{}',
      reasoning: 'why',
      finishReason: null,
      usage: { promptTokens: 0, cachedTokens: 0, completionTokens: 0, costUsd: null },
    });
    expect(server.received).toMatchObject([
      {
        path: '/base/chat/completions',
        body: {
          model: 'qwen/qwen3',
          messages: [{ role: 'user', content: 'hello' }],
          stream: false,
          temperature: 0,
          max_tokens: 10,
          response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: jsonSchema, strict: false } },
        },
      },
    ]);
    expect(server.received[0]?.body).not.toHaveProperty('usage');
  });

  it('reads a reply that a server sends whole although it was asked for in pieces', async () => {
    await using server = await minimalServer({ choices: [{ message: { content: 'whole' } }] });
    await using client = createModelClient({ ...settings, openaiBaseUrl: server.url });
    expect((await client.complete(ask('openai/any', 'hello', { onProgress: () => {} }))).text).toBe('whole');
    expect(server.received).toMatchObject([{ body: { stream: true, stream_options: { include_usage: true } } }]);
  });

  it('reads the failure of a host from a reply with status 200', async () => {
    await using server = await minimalServer({ error: { code: 429, message: 'upstream is\nbusy' } });
    await using client = createModelClient({ ...settings, openaiBaseUrl: server.url });
    const error = await failureOf(client.complete(ask('openai/any', 'hello')));
    expect(error.kind).toBe('rate-limited');
    expect(error.message).toBe('openai/any: 429 rate-limited: upstream is busy');
  });
});

describe('scripted/NAME', () => {
  it('is served by a thread that the first request starts, and costs nothing', async () => {
    await using client = createModelClient(settings);
    const completion = await client.complete(ask('scripted/echo', 'hello'));
    expect(completion).toMatchObject({ text: 'HELLO', usage: { promptTokens: 2, completionTokens: 2, costUsd: 0 } });
  });

  it('serves modules of the user, beside the bundled ones', async () => {
    const path = new URL('../fixtures/scripts/greeting.ts', import.meta.url).pathname;
    await using client = createModelClient({ ...settings, scripts: { greeting: path } });
    client.check('scripted/greeting');
    expect((await client.complete(ask('scripted/greeting', 'Ada'))).text).toBe('Hello Ada');
  });

  it('names the known scripts for an unknown one', async () => {
    await using client = createModelClient(settings);
    expect(() => client.check('scripted/nope')).toThrow(UsageError);
    expect(() => client.check('scripted/nope')).toThrow(/^there is no script "nope": known are .*echo.*primes/);
    const error = await failureOf(client.complete(ask('scripted/nope', 'hello')));
    expect(error).toMatchObject({ kind: 'not-found', message: expect.stringContaining('primes') });
  });

  it('says where the module of a script was looked for', () => {
    const client = createModelClient({ ...settings, scripts: { mine: '/nowhere/mine.ts' } });
    expect(() => client.check('scripted/mine')).toThrow(
      new UsageError('the module of script "mine" does not exist: /nowhere/mine.ts'),
    );
  });
});
