import { describe, expect, test } from 'vitest';
import { Limits } from '../../src/agent/limits.ts';
import { newUsage } from '../../src/agent/sum-usage.ts';
import type { RunEvent } from '../../src/client/run-events.ts';
import type { RunDocument } from '../../src/results/run-document.ts';
import { callDetailOf, findAgent, iterationDetailOf } from '../../src/viewer/details-of-document.ts';
import {
  type AgentOutline,
  type CallOutline,
  fromMessage,
  type RunOutline,
  standingOf,
  toldCalls,
  toMessage,
} from '../../src/viewer/outline.ts';
import { outlineOfDocument } from '../../src/viewer/outline-documents.ts';
import { applyEvent, newOutline } from '../../src/viewer/outline-events.ts';
import { artifact, event, usage } from '../support/run-events.ts';

const started = event(0, 'RUN', { type: 'agent-started', depth: 0, task: 'count', model: 'scripted/words' });
const asked = event(10, 'RUN', { type: 'iteration-started', iteration: 1 });
const replied = event(20, 'RUN', {
  ...{ type: 'model-replied', iteration: 1, code: 'x', reasoning: '', usage, transcript: artifact },
});
const called = event(30, 'RUN', {
  ...{ type: 'call-started', iteration: 1, function: 'llm_query', count: 1, callId: 'c1', from: 0, asked: null },
});
const answered = event(50, 'RUN', {
  ...{ type: 'call-ended', iteration: 1, function: 'llm_query', count: 1, failed: 0, usage, callId: 'c1', from: 0 },
});
const cellEnded = event(60, 'RUN', {
  ...{ type: 'cell-ended', iteration: 1, status: 'ok', preview: 'hello', output: artifact },
});

function outlineOf(...events: RunEvent[]): RunOutline {
  const outline = newOutline('RUN');
  for (const one of events) applyEvent(outline, one);
  return outline;
}

function agentOf(outline: RunOutline, agentId = 'RUN'): AgentOutline {
  const agent = outline.agents.get(agentId);
  if (!agent) throw new Error(`there is no ${agentId}`);
  return agent;
}

describe('the outline of a run that goes on', () => {
  test('tells an iteration with its times, its calls and what they cost', () => {
    const outline = outlineOf(started, asked, replied, called, answered, cellEnded);
    expect(outline.scripted).toBe(true);
    const [iteration] = agentOf(outline).iterations;
    expect(iteration).toMatchObject({
      startedAt: 1_010,
      repliedAt: 1_020,
      endedAt: 1_060,
      status: 'ok',
      preview: 'hello',
    });
    expect(iteration?.calls).toMatchObject([
      { key: 'c1', status: 'ok', startedAt: 1_030, endedAt: 1_050, costUsd: 0.01 },
    ]);
    expect(agentOf(outline).usage).toMatchObject({ modelCalls: 1, subQueries: 1, promptTokens: 200, costUsd: 0.02 });
  });

  test('counts a batch that is told in parts as one call, which has ended when its parts have', () => {
    const part = { iteration: 1, function: 'llm_query_batched', count: 50, callId: 'b' } as const;
    const begin = [0, 50].map((from) => event(30, 'RUN', { type: 'call-started', ...part, from, asked: null }));
    const end = (from: number) => event(80, 'RUN', { type: 'call-ended', ...part, from, failed: 1, usage });
    const half = outlineOf(started, asked, replied, ...begin, end(0));
    expect(agentOf(half).iterations[0]?.calls).toMatchObject([{ count: 100, failed: 1, status: 'running' }]);
    applyEvent(half, end(50));
    expect(agentOf(half).iterations[0]?.calls).toMatchObject([{ count: 100, failed: 2, status: 'ok', endedAt: 1_080 }]);
  });

  test('has a batch of sub-agents as one call, which has ended when all of them have', () => {
    const call = { callId: 'b', function: 'rlm_query_batched', count: 3 };
    const start = (name: string, at: number) => [
      event(at, 'RUN', { type: 'sub-agent-started', iteration: 1, subAgentId: `RUN/1.${name}`, call }),
      event(at, `RUN/1.${name}`, { type: 'agent-started', depth: 1, task: 'part', model: null }),
    ];
    const end = (name: string, at: number, status: 'completed' | 'failed' | 'cancelled') =>
      event(at, `RUN/1.${name}`, { type: 'agent-ended', status, error: null });
    const outline = outlineOf(started, asked, replied, ...start('1', 30), ...start('2', 31), end('1', 40, 'completed'));
    const only = () => {
      const calls = agentOf(outline).iterations[0]?.calls ?? [];
      expect(calls).toHaveLength(1);
      return calls[0] as CallOutline;
    };
    expect(only()).toMatchObject({ function: 'rlm_query_batched', count: 3, agents: ['RUN/1.1', 'RUN/1.2'] });
    expect(standingOf(outline, only())).toEqual({ done: 1, running: 1, failed: 0 });
    const after = [...start('3', 41), end('3', 50, 'failed'), end('2', 51, 'cancelled')];
    for (const one of after) applyEvent(outline, one);
    expect(only()).toMatchObject({ status: 'ok', failed: 2, startedAt: 1_030, endedAt: 1_051 });
    // Started afresh, it is open again, and the first attempt counts no more.
    for (const one of start('2~2', 60)) applyEvent(outline, one);
    expect(only()).toMatchObject({ status: 'running', endedAt: null });
    expect(standingOf(outline, only())).toEqual({ done: 1, running: 1, failed: 1 });
    applyEvent(outline, end('2~2', 70, 'completed'));
    expect(only()).toMatchObject({ status: 'ok', failed: 1, endedAt: 1_070 });
  });

  test('has sub-agents in the order of their tasks, however they begin', () => {
    const call = { callId: 'b', function: 'rlm_query_batched', count: 12 };
    const starts = ['10', '2', '1', '2~2', '9'].map((name) =>
      event(30, 'RUN', { type: 'sub-agent-started', iteration: 1, subAgentId: `RUN/1.${name}`, call }),
    );
    const { children, iterations } = agentOf(outlineOf(started, asked, replied, ...starts));
    expect(children).toEqual(['1', '2', '2~2', '9', '10'].map((name) => `RUN/1.${name}`));
    expect(iterations[0]?.calls[0]?.agents).toEqual(children);
  });

  test('gives changed agents and iterations new objects, and leaves the others as they are', () => {
    const child = event(30, 'RUN', { type: 'sub-agent-started', iteration: 1, subAgentId: 'RUN/1.1' });
    const childStarted = event(31, 'RUN/1.1', { type: 'agent-started', depth: 1, task: 'part', model: null });
    const outline = outlineOf(started, asked, replied, child, childStarted);
    const [root, sub] = [agentOf(outline), agentOf(outline, 'RUN/1.1')];
    applyEvent(outline, cellEnded);
    expect(agentOf(outline)).not.toBe(root);
    expect(agentOf(outline, 'RUN/1.1')).toBe(sub);
    expect(sub).toMatchObject({ parentId: 'RUN', depth: 1, task: 'part' });
  });

  test('counts calls beyond what it tells one by one', () => {
    const many = Array.from({ length: toldCalls + 7 }, (_, n) =>
      event(30, 'RUN', {
        ...{
          type: 'call-started',
          iteration: 1,
          function: 'llm_query',
          count: 1,
          callId: `c${n}`,
          from: 0,
          asked: null,
        },
      }),
    );
    const [iteration] = agentOf(outlineOf(started, asked, replied, ...many)).iterations;
    expect(iteration).toMatchObject({ furtherCalls: 7 });
    expect(iteration?.calls).toHaveLength(toldCalls);
  });

  test('has the beginning of the answer, how it finished and how often a sandbox was rebuilt', () => {
    const rebuilt = event(40, 'RUN', { type: 'sandbox-rebuilt', sandboxId: 's2' });
    const ended = event(90, 'RUN', {
      ...{ type: 'agent-ended', status: 'completed', error: null, finish: 'limit' },
      output: { value: { answer: 'forty-two' } },
    });
    expect(agentOf(outlineOf(started, asked, rebuilt, ended))).toMatchObject({
      ...{ status: 'completed', finish: 'limit', answer: 'forty-two', recoveries: 1, endedAt: 1_090 },
    });
  });

  test('crosses from server to page unchanged', () => {
    const outline = outlineOf(started, asked, replied, called, answered, cellEnded);
    expect(fromMessage(JSON.parse(JSON.stringify(toMessage(outline))))).toEqual(outline);
  });
});

const common = {
  status: 'completed',
  finish: 'submit',
  startedAt: '2026-01-01T00:00:00.000Z',
  model: 'openai/m',
} as const;
const call = {
  function: 'llm_query',
  status: 'ok',
  durationMs: 10,
  startedAt: common.startedAt,
  count: 1,
  failed: 0,
} as const;
const iteration = {
  ...{
    index: 1,
    startedAt: common.startedAt,
    durationMs: 100,
    rawResponse: 'r',
    reasoning: '',
    code: 'x',
    stdout: 'out\nmore',
  },
  ...{ stderr: '', error: null, calls: [call] },
};
const document: RunDocument = {
  ...{
    ...common,
    runId: 'RUN',
    output: { answer: 'a' },
    usage: newUsage(0),
    durationMs: 100,
    recoveries: 0,
    compactions: 0,
  },
  ...{ signature: '-> answer: str', limits: Limits.parse({}), scripted: false },
  root: {
    ...{ ...common, agentId: 'RUN', depth: 0, task: 't', output: { answer: 'a' }, sandboxId: null, durationMs: 100 },
    ...{ compactions: 0, usage: newUsage(0), iterations: [iteration], children: [] },
  },
};

describe('the outline of a run that has ended', () => {
  test('is the same whether its results were written by this version or by one that told less', () => {
    const before = agentOf(outlineOfDocument(document)).iterations[0];
    expect(before).toMatchObject({
      repliedAt: null,
      status: 'ok',
      preview: 'out',
      calls: [{ key: '0', costUsd: null }],
    });
    const told = { ...iteration, modelMs: 40, cellStatus: 'timeout' as const };
    const items = [{ index: 0, prompt: 'p', answer: 'a', costUsd: 0.5 }];
    const now = {
      ...document,
      root: { ...document.root, iterations: [{ ...told, calls: [{ ...call, callId: 'c', items }] }] },
    };
    const after = agentOf(outlineOfDocument(now)).iterations[0];
    expect(after).toMatchObject({
      repliedAt: Date.parse(common.startedAt) + 40,
      status: 'timeout',
      calls: [{ key: 'c', costUsd: 0.5 }],
    });
    const root = findAgent(now, 'RUN');
    expect(root && callDetailOf(root, 1, 'c')).toEqual({ items, complete: true });
  });

  test('has the texts of an iteration, and none of one that there is not', () => {
    expect(iterationDetailOf(document.root, 1)).toMatchObject({ code: 'x', stdout: 'out\nmore', told: null });
    expect(iterationDetailOf(document.root, 2)).toBeNull();
  });
});
