import { describe, expect, it } from 'vitest';
import { type Archive, joinArchives } from '../../src/agent/archive.ts';
import { type CallRecord, type IterationRecord, summarizeCalls } from '../../src/agent/cell.ts';

const reference = { sha256: 'a'.repeat(64), bytes: 1 };

function call(callId: string): CallRecord {
  return { callId, function: 'llm_query', status: 'ok', count: 1, failed: 0, startedAt: 0, durationMs: 1 };
}

function iteration(index: number, calls: string[] = []): IterationRecord {
  return { index, startedAt: 0, durationMs: 1, transcript: reference, cell: null, calls: calls.map(call) };
}

function archive(...iterations: IterationRecord[]): Archive {
  return { iterations, codes: [], delivered: [] };
}

describe('what was put aside, joined with what came after', () => {
  it('is one iteration after the other', () => {
    const joined = joinArchives(archive(iteration(1), iteration(2)), archive(iteration(3)));
    expect(joined.iterations.map(({ index }) => index)).toEqual([1, 2, 3]);
  });

  it('has an iteration once that was cut in two within its cell, with the calls of both parts', () => {
    const later = { ...iteration(2, ['c']), durationMs: 9, earlierCalls: [call('a')] };
    const joined = joinArchives(archive(iteration(1), iteration(2, ['a', 'b'])), archive(later, iteration(3)));
    expect(joined.iterations.map(({ index }) => index)).toEqual([1, 2, 3]);
    expect(joined.iterations[1]).toEqual({ ...iteration(2, ['a', 'b', 'c']), durationMs: 9 });
  });

  it('keeps code and answers of both', () => {
    const earlier: Archive = { iterations: [], codes: [[1, { value: 'a' }]], delivered: [['x', { items: [] }]] };
    const later: Archive = { iterations: [], codes: [[2, { value: 'b' }]], delivered: [['y', { items: [] }]] };
    const joined = joinArchives(earlier, later);
    expect(joined.codes.map(([index]) => index)).toEqual([1, 2]);
    expect(joined.delivered.map(([callId]) => callId)).toEqual(['x', 'y']);
  });
});

describe('calls, summed by function', () => {
  it('are one line a function', () => {
    const calls = [
      { function: 'llm_query', count: 1, failed: 0 },
      { function: 'add', count: 1, failed: 1 },
      { function: 'llm_query', count: 5, failed: 2 },
    ];
    expect(summarizeCalls(calls)).toEqual([
      { function: 'llm_query', count: 6, failed: 2 },
      { function: 'add', count: 1, failed: 1 },
    ]);
  });
});
