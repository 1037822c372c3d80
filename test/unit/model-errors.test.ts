import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/errors.ts';
import { readReply } from '../../src/model/completion-reply.ts';
import { classifyModelError } from '../../src/model/model-errors.ts';
import { retryAfterMs } from '../../src/model/retry-after.ts';

const origin = { model: 'openai/m', apiKey: 'abcdefgh12345' };

function classified(error: Error): ModelError {
  const result = classifyModelError(error, origin);
  if (result instanceof ModelError) return result;
  throw new Error('not classified');
}

function answered(status: number, error: object, headers: Record<string, string> = {}): ModelError {
  return classified(APIError.generate(status, { error }, undefined, new Headers(headers)));
}

describe('classifyModelError', () => {
  it.each([
    [400, { message: 'bad' }, 'rejected'],
    [401, { message: 'bad key' }, 'unauthorized'],
    [402, { message: 'no credit' }, 'rejected'],
    [403, { message: 'not allowed' }, 'unauthorized'],
    [404, { message: 'no model' }, 'not-found'],
    [408, { message: 'slow' }, 'timeout'],
    [413, { message: 'prompt is too long: 250000 tokens > 200000 maximum' }, 'context-length'],
    [422, { message: 'bad field' }, 'rejected'],
    [429, { message: 'slow down' }, 'rate-limited'],
    [429, { message: 'pay first', code: 'insufficient_quota' }, 'rejected'],
    [500, { message: 'oops' }, 'unavailable'],
    [502, { message: 'bad gateway' }, 'unavailable'],
    [529, { message: 'overloaded' }, 'unavailable'],
    [400, { message: 'x', code: 'context_length_exceeded' }, 'context-length'],
    [400, { message: "This model's maximum context length is 8192 tokens." }, 'context-length'],
    [400, { message: 'Input exceeds the context window of this model' }, 'context-length'],
    [400, { message: 'Provider returned error', metadata: { raw: 'maximum context' } }, 'context-length'],
    [
      400,
      { message: "This endpoint's maximum context length is 131072 tokens. However, you requested about 150000" },
      'context-length',
    ],
    [400, { message: 'input length and `max_tokens` exceed context limit: 198000 + 8192 > 200000' }, 'context-length'],
    [
      400,
      { message: 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048575)' },
      'context-length',
    ],
    [
      400,
      { message: 'The decoder prompt (length 9000) is longer than the maximum model length of 8192' },
      'context-length',
    ],
    [
      400,
      { message: "This model's maximum prompt length is 131072 but the request contains 140000 tokens" },
      'context-length',
    ],
    [400, { message: 'the request exceeds the available context size, try increasing it' }, 'context-length'],
    [422, { message: '`inputs` tokens + `max_new_tokens` must be <= 8193' }, 'context-length'],
    [400, { message: 'max_tokens must be positive' }, 'rejected'],
    [400, { message: 'max_tokens is larger than the maximum number of output tokens' }, 'rejected'],
  ])('takes status %s with %j as %s', (status, body, kind) => {
    const error = answered(status, body);
    expect(error.kind).toBe(kind);
    expect(error.details.status).toBe(status);
  });

  it('names model and status, with the words of the provider in one line, shortened', () => {
    const { message } = answered(500, { message: `first\nsecond ${'x'.repeat(1_000)}` });
    expect(message).toMatch(/^openai\/m: 500 unavailable: first second x+…$/);
    expect(message.length).toBeLessThan(350);
  });

  it('never shows the key', () => {
    const { message } = answered(401, { message: 'Incorrect API key: abcdefgh12345, or sk-proj-abc**xyz.' });
    expect(message).toBe('openai/m: 401 unauthorized: Incorrect API key: [key], or [key]');
  });

  it('carries Retry-After of rate limits and unavailability', () => {
    expect(answered(429, { message: 'slow' }, { 'retry-after': '3' }).details).toEqual({
      status: 429,
      retryAfterMs: 3_000,
    });
    expect(answered(503, { message: 'later' }, { 'retry-after-ms': '250' }).details.retryAfterMs).toBe(250);
  });

  it('tells a time-out from a lost connection, whose cause it names', () => {
    expect(classified(new APIConnectionTimeoutError()).kind).toBe('timeout');
    const lost = new APIConnectionError({ message: 'Connection error.', cause: new Error('connect ECONNREFUSED') });
    expect(classified(lost)).toMatchObject({
      kind: 'unavailable',
      message: 'openai/m: cannot be reached: connect ECONNREFUSED',
    });
  });

  it('takes what is not JSON as malformed', () => {
    expect(classified(new SyntaxError('Unexpected end of JSON input')).kind).toBe('malformed');
  });
});

describe('classifyModelError of a mistake in our own code', () => {
  it('gives it back as it is', () => {
    const mistake = new TypeError('undefined is not a function');
    expect(classifyModelError(mistake, origin)).toBe(mistake);
  });
});

describe('readReply', () => {
  it.each([
    ['an HTML page', '<html></html>'],
    ['nothing', null],
    ['no choices', { choices: [] }],
    ['a choice without message', { choices: [{}] }],
    ['an error without status', { error: { message: 'hm' } }],
  ])('takes %s as malformed', (_, body) => {
    expect(() => readReply(body, origin)).toThrow(expect.objectContaining({ kind: 'malformed' }));
  });

  it('takes the error of a choice for what its code says', () => {
    const body = { choices: [{ message: { content: 'half' }, error: { code: 502, message: 'host gone' } }] };
    expect(() => readReply(body, origin)).toThrow(expect.objectContaining({ kind: 'unavailable' }));
  });

  it('reads what it can of odd usage', () => {
    const usage = {
      prompt_tokens: 5,
      completion_tokens: 'many',
      prompt_tokens_details: { cached_tokens: 9 },
      cost: 0.25,
    };
    const reply = readReply({ choices: [{ message: { content: 'yes' } }], usage }, origin);
    expect(reply).toMatchObject({
      tokens: { promptTokens: 5, cachedTokens: 5, completionTokens: 0 },
      reportedCostUsd: 0.25,
      counted: false,
    });
  });
});

describe('retryAfterMs', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');

  it.each([
    [{ 'retry-after': '2' }, 2_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '120', 'retry-after': '9' }, 120],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-4' }, undefined],
    [{}, undefined],
  ])('reads %j as %s', (headers, expected) => {
    expect(retryAfterMs(new Headers(headers), now)).toBe(expected);
  });
});
