import { describe, expect, test } from 'vitest';
import { Limits } from '../../src/agent/limits.ts';
import { exitCodeOf } from '../../src/cli/exit-codes.ts';
import { formatCost, formatCounted, formatDuration } from '../../src/cli/format-quantities.ts';
import { resultText } from '../../src/cli/result-text.ts';
import { statisticsLines } from '../../src/cli/statistics.ts';
import { tableLines } from '../../src/cli/table.ts';
import type { AgentDocument, RunDocument } from '../../src/results/run-document.ts';

const usage = {
  ...{ modelCalls: 5, subQueries: 1_200, promptTokens: 12_345, cachedTokens: 2_000, completionTokens: 678 },
  ...{ costUsd: null, sandboxes: 3, agents: 3, maxDepth: 2, iterations: 5 },
};

function agent(agentId: string, depth: number, children: AgentDocument[] = []): AgentDocument {
  const common = { status: 'completed', finish: 'submit', output: {}, sandboxId: null, model: 'openai/x' } as const;
  return {
    ...common,
    agentId,
    depth,
    task: `task of ${agentId}`,
    startedAt: '',
    durationMs: 1,
    usage,
    iterations: [],
    compactions: 0,
    children,
  };
}

const root = agent('RUN', 0, [agent('RUN/1.1', 1, [agent('RUN/1.1/2.1', 2)]), agent('RUN/1.2', 1)]);
const document: RunDocument = {
  ...{
    runId: 'RUN',
    status: 'completed',
    finish: 'submit',
    output: { answer: 'yes' },
    usage,
    recoveries: 0,
    compactions: 0,
    root,
  },
  ...{
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 65_000,
    signature: 'q: str -> answer: str',
    model: 'openai/x',
  },
  ...{ limits: Limits.parse({}), scripted: false },
};

describe('statistics', () => {
  test('name every figure, an unknown cost as unknown, and draw the tree', () => {
    expect(statisticsLines(document, { resultsPath: 'results/RUN.json', webUi: 'http://ui' })).toEqual([
      'run RUN completed',
      '  model        openai/x',
      '  iterations   5',
      '  sub-agents   2',
      '  depth        2',
      '  model calls  5',
      '  sub-queries  1,200',
      '  tokens       12,345 in (2,000 cached), 678 out',
      '  cost         unknown',
      '  time         1 min 05 s',
      '  sandboxes    3',
      '  results      results/RUN.json',
      '  Web UI       http://ui (while rlm dev runs)',
      '  tree',
      '    RUN (depth 0, 0 iterations) task of RUN',
      '    ├─ 1.1 (depth 1, 0 iterations) task of RUN/1.1',
      '    │  └─ 2.1 (depth 2, 0 iterations) task of RUN/1.1/2.1',
      '    └─ 1.2 (depth 1, 0 iterations) task of RUN/1.2',
    ]);
  });

  test('say that a model was scripted, and why a run failed', () => {
    const error = { type: 'ModelUnauthorized', message: 'the key is wrong' };
    const failed: RunDocument = { ...document, status: 'failed', finish: null, error, scripted: true };
    const lines = statisticsLines(failed, { resultsPath: null, webUi: null });
    expect(lines[0]).toBe('run RUN failed: the key is wrong');
    expect(lines[1]).toContain('(scripted model)');
    expect(lines.join('\n')).not.toMatch(/results|Web UI/);
  });
});

test.each([
  ['completed', 'submit', 0],
  ['completed', 'limit', 3],
  ['failed', 'limit', 4],
  ['failed', null, 4],
  ['cancelled', null, 130],
] as const)('a run that %s (%s) ends with exit code %i', (status, finish, code) => {
  expect(exitCodeOf({ status, finish })).toBe(code);
});

test.each([
  [{ answer: 'plain text' }, 'plain text\n'],
  [{ answer: 'with its own end\n' }, 'with its own end\n'],
  [{ answer: '' }, '\n'],
  [{ count: 3 }, '{\n  "count": 3\n}\n'],
  [{ a: 'x', b: 'y' }, '{\n  "a": "x",\n  "b": "y"\n}\n'],
  [null, null],
])('the result %j is printed as %j', (output, text) => {
  expect(resultText({ output })).toBe(text);
});

test.each([
  [0, '0.00 s'],
  [840, '0.84 s'],
  [12_340, '12.3 s'],
  [59_960, '1 min 00 s'],
  [125_000, '2 min 05 s'],
  [3_720_000, '1 h 02 min'],
  [3 * 24 * 3_600_000, '3 days'],
])('%i ms are %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test.each([
  [null, 'unknown'],
  [0, '$0'],
  [0.00123, '$0.0012'],
  [2.5, '$2.50'],
])('a cost of %j is %s', (cost, text) => {
  expect(formatCost(cost)).toBe(text);
});

test('what is counted is named in the plural where it is not one', () => {
  expect([formatCounted(1, 'sub-query'), formatCounted(2, 'sub-query'), formatCounted(0, 'sandbox')]).toEqual([
    '1 sub-query',
    '2 sub-queries',
    '0 sandboxes',
  ]);
});

test('columns of a table are as wide as their widest cell', () => {
  expect(
    tableLines(
      ['A', 'B'],
      [
        ['long', 'x'],
        ['s', ''],
      ],
    ),
  ).toEqual(['A     B', 'long  x', 's']);
});
