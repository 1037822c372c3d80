import pc from 'picocolors';
import { describe, expect, test } from 'vitest';
import { eventLine } from '../../src/cli/event-lines.ts';
import { renderRun } from '../../src/cli/render-run.ts';
import { activityOf, agentsInOrder, newRunView, type RunView, reduceRun, totalsOf } from '../../src/cli/run-view.ts';
import { storyLines } from '../../src/cli/story-lines.ts';
import type { RunEvent } from '../../src/client/run-events.ts';
import type { EndedEvent } from '../../src/repl/protocol.ts';
import { artifact, event, usage } from '../support/run-events.ts';

const plain = pc.createColors(false);
const started = event(0, 'RUN', { type: 'agent-started', depth: 0, task: 'count words', model: 'scripted/words' });
const asked = event(10, 'RUN', { type: 'iteration-started', iteration: 1 });
const replied = event(20, 'RUN', {
  ...{ type: 'model-replied', iteration: 1, code: 'print(1)', reasoning: 'I look first.', usage, transcript: artifact },
});
const querying = event(30, 'RUN', { type: 'call-started', iteration: 1, function: 'llm_query_batched', count: 40 });
const child = event(40, 'RUN', { type: 'sub-agent-started', iteration: 1, subAgentId: 'RUN/1.1' });
const childStarted = event(41, 'RUN/1.1', { type: 'agent-started', depth: 1, task: 'left part', model: null });
const childEnded = event(900, 'RUN/1.1', { type: 'agent-ended', status: 'completed', error: null });

function view(...events: RunEvent[]): RunView {
  return events.reduce(reduceRun, newRunView('RUN'));
}

function rootOf(run: RunView) {
  const root = run.agents.get('RUN');
  if (!root) throw new Error('there is no root');
  return root;
}

describe('the view of a run', () => {
  test('says what an agent does', () => {
    const doing = (...events: RunEvent[]) => {
      const run = view(started, ...events);
      return activityOf(rootOf(run), run);
    };
    expect(doing()).toBe('starting');
    expect(doing(asked)).toBe('asking the model');
    expect(doing(asked, replied)).toBe('running code');
    expect(doing(asked, replied, querying)).toBe('waiting for llm_query_batched × 40');
    expect(doing(asked, replied, child, childStarted)).toBe('waiting for sub-agent');
    expect(doing(asked, replied, child, childStarted, childEnded)).toBe('running code');
  });

  test('counts a call as answered part by part', () => {
    const half = { type: 'call-ended', iteration: 1, function: 'llm_query_batched', count: 20, failed: 0 } as const;
    const first = view(started, querying, event(50, 'RUN', { ...half, usage }));
    expect(activityOf(rootOf(first), first)).toBe('waiting for llm_query_batched × 20');
    const both = reduceRun(first, event(60, 'RUN', { ...half, usage }));
    expect(rootOf(both).waitingFor).toEqual({});
    expect(totalsOf(both)).toMatchObject({ subQueries: 40, usage: { promptTokens: 200, costUsd: 0.02 } });
  });

  test('a tool is no sub-query', () => {
    const ended = { type: 'call-ended', iteration: 1, function: 'search', count: 1, failed: 0, usage: null } as const;
    expect(totalsOf(view(started, event(1, 'RUN', ended))).subQueries).toBe(0);
  });

  test('one unknown cost makes the total unknown', () => {
    const unpriced = event(70, 'RUN', { type: 'extraction-ended', usage: { ...usage, costUsd: null } });
    expect(totalsOf(view(started, replied, unpriced)).usage.costUsd).toBeNull();
  });

  test('keeps the agents in the order of the tree, also those it hears of before their parent', () => {
    const run = view(childStarted, started, child);
    expect(agentsInOrder(run).map((agent) => agent.agentId)).toEqual(['RUN', 'RUN/1.1']);
  });

  test('leaves the view before an event as it was', () => {
    const before = view(started);
    reduceRun(before, asked);
    expect(rootOf(before).iteration).toBe(0);
  });

  test('knows a scripted model by its name', () => {
    expect(view(started).scripted).toBe(true);
    expect(view({ ...started, model: 'openai/x' } as RunEvent).scripted).toBe(false);
    expect(newRunView('RUN').scripted).toBeNull();
  });
});

describe('the live tree', () => {
  const canvas = { columns: 100, rows: 24, colors: plain, now: 3_500, webUi: null };

  test('shows each agent with its iteration, what it does, its time and its task, and what the run cost', () => {
    expect(renderRun(view(started, asked, replied, child, childStarted), canvas)).toEqual([
      '● RUN  scripted model  2.5 s  iteration 1  waiting for sub-agent  count words',
      '└─ ● 1.1  2.5 s  iteration 0  starting  left part',
      '$0.0100 · 110 tokens · 1 model call · 0 sub-queries · 1 sub-agent · 0 sandboxes',
    ]);
  });

  test('stops the clock of an agent that has ended', () => {
    const [, line] = renderRun(view(started, child, childStarted, childEnded), canvas);
    expect(line).toBe('└─ ✓ 1.1  0.86 s  iteration 0  completed  left part');
  });

  test('is never wider than the terminal', () => {
    for (const columns of [1, 10, 40]) {
      const lines = renderRun(view(started, asked, child, childStarted), { ...canvas, columns });
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    }
  });

  test('is never higher than the terminal, and drops agents that have ended first', () => {
    const agents = Array.from({ length: 30 }, (_, index) => `RUN/1.${index + 1}`);
    const events = agents.flatMap((agentId, index) => [
      event(50, 'RUN', { type: 'sub-agent-started', iteration: 1, subAgentId: agentId }),
      event(51, agentId, { type: 'agent-started', depth: 1, task: null, model: null }),
      ...(index < 25 ? [event(60, agentId, { type: 'agent-ended', status: 'completed', error: null })] : []),
    ]);
    const lines = renderRun(view(started, ...events), { ...canvas, rows: 10 });
    expect(lines.length).toBeLessThanOrEqual(10);
    expect(lines.join('\n')).toContain('1.30');
    expect(lines.at(-2)).toBe('   … and 24 agents more');
  });

  test('shows no control characters of a task', () => {
    const [line] = renderRun(
      view({ ...started, task: 'red \u001b[31mtext\u001b]0;title\u0007\nnext' } as RunEvent),
      canvas,
    );
    expect([...(line ?? '')].filter((character) => character < ' ')).toEqual([]);
  });
});

describe('plain lines', () => {
  test('tell of starts, batches, iterations and ends, with the time since the start', () => {
    const ended = event(90, 'RUN', {
      ...{ type: 'cell-ended', iteration: 1, status: 'error', preview: '', output: artifact },
    });
    const events = [
      started,
      asked,
      replied,
      querying,
      ended,
      event(100, 'RUN', { type: 'agent-ended', status: 'cancelled', error: null }),
    ];
    let run = newRunView('RUN');
    const lines = events.map((one) => {
      run = reduceRun(run, one);
      return eventLine(one, run);
    });
    expect(lines.filter((line) => line !== null)).toEqual([
      '[0.00 s] RUN started (scripted model): count words',
      '[0.03 s] RUN iteration 1: llm_query_batched × 40',
      '[0.09 s] RUN iteration 1: error (run so far: 110 tokens, $0.0100)',
      '[0.10 s] RUN cancelled after 1 iteration in 0.10 s',
    ]);
  });
});

describe('the story of a run', () => {
  const text = (content: string) => ({ head: content, tail: '', length: content.length });
  const cell: EndedEvent = {
    ...{ seq: 1, cellId: 'c', type: 'ended', status: 'error', note: null, durationMs: 1 },
    stdout: text('one\ntwo\n'),
    stderr: text(''),
    error: { type: 'ValueError', message: 'no', traceback: 'Traceback\nValueError: no' },
  };
  const ended = event(90, 'RUN/1.1', {
    ...{ type: 'cell-ended', iteration: 1, status: 'error', preview: 'ValueError: no', output: artifact },
  });

  test('indents output and error of a sub-agent', () => {
    expect(storyLines(ended, view(started, child, childStarted), plain, cell)).toEqual([
      '      output:',
      '      │ one',
      '      │ two',
      '      error:',
      '      │ Traceback',
      '      │ ValueError: no',
    ]);
  });

  test('says whose output it is where the line before was about another agent', () => {
    const run = view(started, child, childStarted);
    expect(storyLines(ended, run, plain, cell, 'RUN').slice(0, 3)).toEqual([
      '',
      '    ── RUN/1.1 iteration 0, continued ──',
      '      output:',
    ]);
    expect(storyLines(childStarted, run, plain, null, 'RUN').join('\n')).not.toContain('continued');
  });

  test('makes do with the preview where the output cannot be read', () => {
    const lines = storyLines(ended, view(started, child, childStarted), plain, null);
    expect(lines).toEqual(['      error:', '      │ ValueError: no']);
  });

  test('shortens what is long to its first and last lines', () => {
    const long = Array.from({ length: 500 }, (_, index) => `line ${index}`).join('\n');
    const lines = storyLines(ended, view(started), plain, { ...cell, error: null, stdout: text(long) });
    expect(lines.length).toBeLessThan(50);
    expect(lines.join('\n')).toMatch(/line 0\n[\s\S]*… 460 lines …[\s\S]*line 499/);
  });
});
