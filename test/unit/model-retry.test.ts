import { describe, expect, it } from 'vitest';
import { ModelError, type ModelErrorKind } from '../../src/errors.ts';
import { backoffMs, type RetryOptions, withRetries } from '../../src/model/retry.ts';

function failing(times: number, kind: ModelErrorKind, retryAfterMs?: number) {
  let asked = 0;
  return {
    attempt: async () => {
      asked += 1;
      if (asked <= times) throw new ModelError(kind, 'no', retryAfterMs === undefined ? {} : { retryAfterMs });
      return 'answer';
    },
    asked: () => asked,
  };
}

function recordedWaits(): { waits: number[]; options: RetryOptions } {
  const waits: number[] = [];
  const wait = async (delayMs: number) => {
    waits.push(delayMs);
  };
  return { waits, options: { wait, random: () => 1 } };
}

describe('withRetries', () => {
  it.each(['rate-limited', 'unavailable', 'timeout', 'malformed'] as const)('asks again after %s', async (kind) => {
    const { waits, options } = recordedWaits();
    expect(await withRetries(failing(2, kind).attempt, options)).toBe('answer');
    expect(waits).toEqual([1_000, 2_000]);
  });

  it.each(['unauthorized', 'rejected', 'not-found', 'context-length'] as const)('gives up on %s', async (kind) => {
    const { attempt, asked } = failing(1, kind);
    await expect(withRetries(attempt, recordedWaits().options)).rejects.toMatchObject({ kind });
    expect(asked()).toBe(1);
  });

  it('does not take other errors for passing ones', async () => {
    const attempt = async () => {
      throw new TypeError('a mistake');
    };
    await expect(withRetries(attempt, recordedWaits().options)).rejects.toThrow(TypeError);
  });

  it('waits as long as the provider asks, and tells of each wait', async () => {
    const { waits, options } = recordedWaits();
    const told: number[] = [];
    const onWait: RetryOptions['onWait'] = ({ attempt, delayMs }) => told.push(attempt, delayMs);
    await withRetries(failing(1, 'rate-limited', 7_000).attempt, { ...options, onWait });
    expect(waits).toEqual([7_000]);
    expect(told).toEqual([1, 7_000]);
  });

  it('does not wait for a provider that asks for too long', async () => {
    const { attempt, asked } = failing(1, 'rate-limited', 3_600_000);
    await expect(withRetries(attempt, recordedWaits().options)).rejects.toMatchObject({ kind: 'rate-limited' });
    expect(asked()).toBe(1);
  });

  it('makes six attempts, and throws the last failure', async () => {
    const { attempt, asked } = failing(100, 'unavailable');
    await expect(withRetries(attempt, recordedWaits().options)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(asked()).toBe(6);
  });

  it('ends its wait with the reason of an abort', async () => {
    const controller = new AbortController();
    const { attempt, asked } = failing(100, 'unavailable', 60_000);
    const onWait = () => controller.abort(new Error('cancelled'));
    await expect(withRetries(attempt, { signal: controller.signal, onWait })).rejects.toThrow('cancelled');
    expect(asked()).toBe(1);
  });
});

describe('backoffMs', () => {
  it('grows from half a second to half a minute, half of it by chance', () => {
    expect([backoffMs(1, 0), backoffMs(1, 1)]).toEqual([500, 1_000]);
    expect([backoffMs(3, 0), backoffMs(3, 1)]).toEqual([2_000, 4_000]);
    expect([backoffMs(20, 0), backoffMs(20, 1)]).toEqual([15_000, 30_000]);
  });
});
