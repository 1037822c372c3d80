import { describe, expect, it } from 'vitest';
import type { SandboxInformation } from '../../src/sandbox/provider.ts';
import { type AgentWorkflow, agentsInQuestion, judge, type Verdict } from '../../src/sweeper/orphans.ts';

const now = Date.parse('2030-01-01T12:00:00Z');
const scope = { namespace: 'ours', namespaceId: 'uuid', ownsUnlabelled: true, now };

interface Given {
  labels?: Record<string, string>;
  ageSeconds?: number;
  state?: SandboxInformation['state'];
}

function sandbox({ labels = {}, ageSeconds = 3_600, state = 'running' }: Given = {}): SandboxInformation {
  const all = { 'rlm.run': 'run', 'rlm.agent': 'run/1.1', ...labels };
  return { id: 'sandbox', labels: all, createdAt: new Date(now - ageSeconds * 1_000), state };
}

const repl = { 'rlm.run': 'repl', 'rlm.agent': 'repl' };
const open: AgentWorkflow = { state: 'open', lineage: 'second' };
const closed: AgentWorkflow = { state: 'closed', status: 'terminated' };
const unknown: AgentWorkflow = { state: 'unknown' };

const verdictOn = (given: SandboxInformation, workflow?: AgentWorkflow): Verdict =>
  judge(given, new Map(workflow ? [['run/1.1', workflow]] : []), scope);

describe('a sandbox is an orphan', () => {
  it.each<[string, Given, AgentWorkflow | undefined, string]>([
    ['when its agent has ended', {}, closed, 'its agent is terminated'],
    ['when Temporal knows no such agent', {}, unknown, 'Temporal knows no such agent'],
    [
      'when it is labelled with the namespace',
      { labels: { 'rlm.namespace': 'ours' } },
      closed,
      'its agent is terminated',
    ],
    ['when it is exactly a minute old', { ageSeconds: 60 }, closed, 'its agent is terminated'],
    ['when it has ended too', { state: 'ended' }, closed, 'its agent is terminated'],
    ['when a later agent has its id', { labels: { 'rlm.lineage': 'first' } }, open, 'of an earlier agent with this id'],
    ['when it was of a REPL and has ended', { labels: repl, state: 'ended' }, undefined, 'a REPL that has ended'],
  ])('%s', (_, given, workflow, reason) => {
    expect(verdictOn(sandbox(given), workflow)).toEqual({ kind: 'orphan', reason });
  });
});

describe('a sandbox is kept', () => {
  it.each<[string, Given, AgentWorkflow | undefined]>([
    ['while its agent goes on', { labels: { 'rlm.lineage': 'second' } }, open],
    ['while its agent goes on, also when it has ended itself', { state: 'ended' }, open],
    ['while an agent of its id goes on, when it does not say of which lineage it is', {}, open],
    [
      'while an agent of its id goes on, when the server does not tell its lineage',
      { labels: { 'rlm.lineage': 'first' } },
      { state: 'open', lineage: null },
    ],
    ['when it is of a REPL and runs', { labels: repl }, unknown],
    ['in its first minute', { ageSeconds: 59 }, unknown],
    ['when its provider dates it in the future', { ageSeconds: -3_600 }, unknown],
    ['when nobody knows how old it is', { ageSeconds: Number.NaN }, unknown],
    ['when it is of another namespace', { labels: { 'rlm.namespace': 'theirs' } }, unknown],
    [
      'when it is of another server, whose namespace has the same name',
      { labels: { 'rlm.namespace-id': 'other' } },
      unknown,
    ],
    [
      'when it is of another namespace and a REPL that has ended',
      { labels: { ...repl, 'rlm.namespace': 'theirs' }, state: 'ended' },
      undefined,
    ],
    ['when its agent was not asked for', {}, undefined],
  ])('%s', (_, given, workflow) => {
    expect(verdictOn(sandbox(given), workflow)).toEqual({ kind: 'kept' });
  });

  it('when somebody else made it, without our labels', () => {
    const foreign = { ...sandbox(), labels: {} };
    expect(judge(foreign, new Map([['', closed]]), scope)).toEqual({ kind: 'kept' });
  });
});

it('is undecided, and says why, when Temporal did not answer', () => {
  expect(verdictOn(sandbox(), { state: 'unanswered', reason: 'no route' })).toEqual({
    kind: 'undecided',
    reason: 'no route',
  });
});

it('asks once for each agent on which something depends', () => {
  const of = (agent: string, given: Given = {}) =>
    sandbox({ ...given, labels: { 'rlm.agent': agent, ...given.labels } });
  const sandboxes = [
    of('run/1.1'),
    of('run/1.1'),
    of('run/1.2'),
    of('young', { ageSeconds: 1 }),
    of('theirs', { labels: { 'rlm.namespace': 'theirs' } }),
    of(''),
    sandbox({ labels: repl }),
  ];
  expect(agentsInQuestion(sandboxes, scope)).toEqual(['run/1.1', 'run/1.2']);
});
