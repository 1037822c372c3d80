import { APIError } from 'openai';
import { describe, expect, it } from 'vitest';
import { readReply } from '../../src/model/completion-reply.ts';
import { readCompletionStream } from '../../src/model/completion-stream.ts';
import type { ReplyProgress } from '../../src/model/model-client.ts';

const origin = { model: 'openai/any', apiKey: 'key' };

async function* sent(...chunks: unknown[]): AsyncGenerator<unknown> {
  yield* chunks;
}

async function read(...chunks: unknown[]) {
  const said: ReplyProgress[] = [];
  const body = await readCompletionStream(sent(...chunks), (progress) => said.push(progress), origin);
  return { reply: readReply(body, origin), said };
}

const says = (delta: Record<string, unknown>, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta, finish_reason }],
});

describe('a reply in pieces', () => {
  it('is put together, with its thoughts, its end and its counts', async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 3 }, cost: 0.5 };
    const { reply, said } = await read(
      says({ role: 'assistant', content: '' }),
      says({ reasoning: 'I th' }),
      says({ reasoning: 'ink' }),
      says({ content: 'two ' }),
      says({ content: 'words' }),
      says({}, 'stop'),
      { choices: [], usage },
    );
    expect(reply).toEqual({
      text: 'two words',
      reasoning: 'I think',
      finishReason: 'stop',
      tokens: { promptTokens: 10, cachedTokens: 3, completionTokens: 4 },
      reportedCostUsd: 0.5,
      counted: true,
    });
    expect(said.map(({ text }) => text)).toEqual(['', '', '', 'two ', 'two words', 'two words']);
    expect(said[2]).toEqual({ text: '', reasoning: 'I think' });
  });

  it('may name its thoughts as other servers do, and come without counts', async () => {
    const { reply } = await read(says({ reasoning_content: 'hm' }), says({ content: 'yes' }, 'length'));
    expect(reply).toMatchObject({ text: 'yes', reasoning: 'hm', finishReason: 'length', counted: false });
  });

  it('is a refusal where the model refuses', async () => {
    const { reply } = await read(says({ refusal: 'I will ' }), says({ refusal: 'not' }, 'stop'));
    expect(reply.text).toBe('I will not');
  });

  it('that ends before its end is no reply', async () => {
    await expect(read(says({ content: 'half a' }))).rejects.toMatchObject({
      kind: 'malformed',
      message: 'openai/any: the reply ended before it was complete',
    });
  });

  it('with something else among its pieces is malformed', async () => {
    await expect(read(says({ content: 'half a' }), { choices: 'none' })).rejects.toMatchObject({ kind: 'malformed' });
  });

  it('that ends with an error of the model’s host is that error', async () => {
    const failed = {
      choices: [{ delta: { content: '' }, finish_reason: 'error', error: { code: 502, message: 'gone' } }],
    };
    await expect(read(says({ content: 'half a' }), failed)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it.each([
    [429, 'rate-limited'],
    ['server_error', 'malformed'],
  ])('in which an error comes of code %s is that error', async (code, kind) => {
    async function* broken() {
      yield says({ content: 'half a' });
      throw new APIError(undefined, { code, message: 'busy' }, undefined, new Headers());
    }
    await expect(readCompletionStream(broken(), () => {}, origin)).rejects.toMatchObject({
      kind,
      message: expect.stringContaining('busy'),
    });
  });
});
