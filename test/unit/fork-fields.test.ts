import { describe, expect, it } from 'vitest';
import { Limits } from '../../src/agent/limits.ts';
import { forkRequest, furtherLimits, suggestedIterations } from '../../src/viewer/web/model/fork-fields.ts';

const limits = Limits.parse({ maxIterations: 10 });

describe('what a fork is offered', () => {
  it('is as many iterations as its source, and as many again where those are used up', () => {
    expect(suggestedIterations('3', limits)).toBe('10');
    expect(suggestedIterations('10', limits)).toBe('20');
    expect(suggestedIterations('what', limits)).toBe('10');
    expect(suggestedIterations('3', null)).toBe('');
  });

  it('is every limit that there is', () => {
    expect(['maxIterations', ...furtherLimits.map(([name]) => name)].sort()).toEqual(Object.keys(Limits.shape).sort());
  });
});

it('the server is asked for what was typed alone', () => {
  const empty = { at: '', model: '', subModel: ' ', text: '', limits: { maxDepth: '' } };
  expect(forkRequest('run/1.1', empty)).toEqual({ verb: 'fork', agentId: 'run/1.1' });
  const typed = {
    at: ' 3 ',
    model: 'a/b',
    subModel: 'c/d ',
    text: 'Be brief.',
    limits: { maxDepth: '1', timeout: '' },
  };
  expect(forkRequest('run', typed)).toEqual({
    verb: 'fork',
    agentId: 'run',
    iteration: '3',
    model: 'a/b',
    subModel: 'c/d',
    text: 'Be brief.',
    limits: { maxDepth: '1' },
  });
});
