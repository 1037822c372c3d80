import { describe, expect, it } from 'vitest';
import { Limits, LimitsInput } from '../../src/agent/limits.ts';
import { addModelUsage, addUsage, newUsage, noModelUsage } from '../../src/agent/sum-usage.ts';
import { truncateAnswer } from '../../src/agent/truncate-answer.ts';
import { newRunId } from '../../src/client/run-id.ts';
import { softDeadline } from '../../src/workflows/deadline.ts';

describe('limits', () => {
  it('are the documented ones by default', () => {
    expect(Limits.parse({})).toMatchObject({ maxIterations: 50, maxLlmCalls: 500, maxSandboxes: 50, timeout: 3_600 });
  });

  it('that a user gives stay those that were given', () => {
    expect(LimitsInput.parse({ maxTokens: null, timeout: 5 })).toEqual({ maxTokens: null, timeout: 5 });
    expect(() => LimitsInput.parse({ maxIteration: 3 })).toThrow();
    expect(() => LimitsInput.parse({ maxIterations: 0 })).toThrow();
  });
});

describe('usage', () => {
  it('has an unknown cost as soon as one part is unknown', () => {
    const priced = { ...noModelUsage, promptTokens: 3, costUsd: 0.5 };
    expect(addModelUsage(priced, priced)).toMatchObject({ promptTokens: 6, costUsd: 1 });
    expect(addModelUsage(priced, { ...priced, costUsd: null }).costUsd).toBeNull();
  });

  it('of a tree counts its agents and its greatest depth', () => {
    expect(addUsage(newUsage(0), newUsage(2))).toMatchObject({ agents: 2, maxDepth: 2 });
  });
});

describe('a sub-agent’s answer', () => {
  it('is its lone field, whole while it is short', () => {
    expect(truncateAnswer({ answer: 'short' }, 100)).toEqual({ text: 'short', truncated: false });
  });

  it('names the cut when it is long', () => {
    expect(truncateAnswer({ answer: 'abcdef' }, 4)).toEqual({
      text: 'abcd\n[… 2 more characters were cut (resultTruncationLimit)]',
      truncated: true,
    });
  });
});

describe('the time held back for an answer', () => {
  it('is a tenth of the time, and a minute at most', () => {
    expect(softDeadline(0, 10_000)).toBe(9_000);
    expect(softDeadline(0, 3_600_000)).toBe(3_540_000);
  });
});

it('names runs by agent, moment and a few random characters', () => {
  expect(newRunId('wealth', new Date('2026-01-02T03:04:05Z'))).toMatch(/^wealth_20260102_030405_[0-9a-f]{4}$/);
});
