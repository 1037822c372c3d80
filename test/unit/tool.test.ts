import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { callDefinedTool, tool } from '../../src/tool.ts';

const context = () => ({ callId: 'call-1', signal: new AbortController().signal });

const add = tool({
  description: 'Adds.',
  parameters: z.object({ a: z.number(), b: z.number().default(1) }),
  execute: ({ a, b }) => a + b,
});

describe('a tool', () => {
  it('gets arguments of the types it declared', () => {
    tool({
      description: '',
      parameters: z.object({ word: z.string(), at: z.string().transform((text) => new Date(text)) }),
      execute(args, given) {
        expectTypeOf(args).toEqualTypeOf<{ word: string; at: Date }>();
        expectTypeOf(given.signal).toEqualTypeOf<AbortSignal>();
        return null;
      },
    });
  });

  it('has ten minutes and is not called again after an unknown outcome, unless it says otherwise', () => {
    expect(add).toMatchObject({ timeout: 600, idempotent: false });
    expect(tool({ ...add, timeout: 5, idempotent: true })).toMatchObject({ timeout: 5, idempotent: true });
    expect(() => tool({ ...add, timeout: 0 })).toThrow('timeout must be a positive number of seconds, not 0');
  });
});

describe('a call of a tool', () => {
  it('fills in defaults and coerces without loss', async () => {
    expect(await callDefinedTool('add', add, { a: '2' }, context())).toEqual({ value: 3 });
  });

  it('is refused with the problems when its arguments are wrong', async () => {
    const outcome = await callDefinedTool('add', add, { b: 'x', c: 1 }, context());
    expect(outcome).toEqual({
      error:
        'add: a: missing (expected float); b: expected float, got str ("x"); ' +
        'c: there is no such field (the fields are a: float, b: float = 1)',
    });
  });

  it('is refused by rules that only zod knows', async () => {
    const even = z.int().refine((count) => count % 2 === 0, 'must be even');
    const half = tool({ description: '', parameters: z.object({ count: even }), execute: ({ count }) => count / 2 });
    expect(await callDefinedTool('half', half, { count: 3 }, context())).toEqual({
      error: 'half: count: must be even',
    });
  });

  it('gives the cell the message of what the tool threw', async () => {
    const failing = tool({
      ...add,
      execute() {
        throw new Error('no such word');
      },
    });
    expect(await callDefinedTool('f', failing, { a: 1 }, context())).toEqual({ error: 'no such word' });
  });

  it('throws when it was aborted, since that is no answer', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    const waiting = tool({ ...add, execute: (_, given) => given.signal.throwIfAborted() });
    await expect(callDefinedTool('w', waiting, { a: 1 }, { callId: 'c', signal })).rejects.toThrow('cancelled');
  });

  it('answers with JSON: nothing is None, a date is its text, a cycle is an error', async () => {
    const returning = (value: unknown) => tool({ ...add, execute: async () => value });
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(await callDefinedTool('r', returning(undefined), { a: 1 }, context())).toEqual({ value: null });
    expect(await callDefinedTool('r', returning([new Date(0)]), { a: 1 }, context())).toEqual({
      value: ['1970-01-01T00:00:00.000Z'],
    });
    expect(await callDefinedTool('r', returning(cycle), { a: 1 }, context())).toMatchObject({
      error: expect.stringContaining('r returned something that is not JSON'),
    });
  });
});
