import { describe, expect, test } from 'vitest';
import { newUsage } from '../../src/agent/sum-usage.ts';
import type { AgentOutline, CallOutline, IterationOutline, RunOutline } from '../../src/viewer/outline.ts';
import { newOutline } from '../../src/viewer/outline-events.ts';
import { nextFailing, ownTime, slowest, visibleRows } from '../../src/viewer/web/model/agent-tree.ts';
import { parsePatch } from '../../src/viewer/web/model/patch.ts';
import { readResultsFile } from '../../src/viewer/web/model/results-file.ts';
import { parseRoute, type Route, routeHash } from '../../src/viewer/web/model/route.ts';
import { parallelismOf, spansOf } from '../../src/viewer/web/model/spans.ts';
import { card, layOut } from '../../src/viewer/web/model/tree-layout.ts';
import { seriesOf, tableOf } from '../../src/viewer/web/model/value-shape.ts';

function agent(agentId: string, given: Partial<AgentOutline> = {}): AgentOutline {
  const parts = agentId.split('/');
  const depth = parts.length - 1;
  return {
    ...{ agentId, parentId: depth === 0 ? null : parts.slice(0, -1).join('/'), depth, task: `task of ${agentId}` },
    ...{ model: 'openai/m', status: 'completed', finish: 'submit', error: null, answer: null, hasPatch: false },
    ...{
      startedAt: 0,
      endedAt: 1_000,
      parentIteration: null,
      usage: newUsage(depth),
      recoveries: 0,
      remarks: [],
      paused: false,
    },
    ...{ iterations: [], children: [], doing: '', extraction: null, sandboxId: null },
    ...given,
  };
}

function run(...agents: AgentOutline[]): RunOutline {
  return { ...newOutline('R'), agents: new Map(agents.map((one) => [one.agentId, one])) };
}

const tree = run(
  agent('R', { children: ['R/1.1', 'R/1.2'], endedAt: 5_000 }),
  agent('R/1.1', { children: ['R/1.1/1.1'], startedAt: 500, endedAt: 4_000 }),
  agent('R/1.1/1.1', {
    status: 'failed',
    error: { type: 'LimitReached', message: 'no more' },
    startedAt: 600,
    endedAt: 3_900,
  }),
  agent('R/1.2', { answer: 'the needle', startedAt: 500, endedAt: 1_500 }),
);
const ids = (search: string, collapsed: string[] = []) =>
  visibleRows(tree, { search, collapsed: new Set(collapsed) }).map((row) => row.agent.agentId);

describe('the tree of agents', () => {
  test('shows each parent before its sub-agents, and folds what is below one', () => {
    expect(ids('')).toEqual(['R', 'R/1.1', 'R/1.1/1.1', 'R/1.2']);
    expect(ids('', ['R/1.1'])).toEqual(['R', 'R/1.1', 'R/1.2']);
    expect(visibleRows(tree, { search: '', collapsed: new Set() }).map((row) => row.below)).toEqual([3, 1, 0, 0]);
  });

  test('is searched by id, task, answer, status and error, with the way to what is found, however it was folded', () => {
    expect(ids('needle')).toEqual(['R', 'R/1.2']);
    expect(ids('failed no more', ['R/1.1'])).toEqual(['R', 'R/1.1', 'R/1.1/1.1']);
    expect(ids('R/1.2 needle'.slice(1))).toEqual(['R', 'R/1.2']);
    expect(ids('nothing of the kind')).toEqual([]);
  });

  test('leads to the next failing agent, round and round, and to the one that itself took longest', () => {
    expect(nextFailing(tree, 'R')).toBe('R/1.1/1.1');
    expect(nextFailing(tree, 'R/1.1/1.1')).toBe('R/1.1/1.1');
    expect(nextFailing(run(agent('R')), 'R')).toBeNull();
    expect(ownTime(tree, tree.agents.get('R') as AgentOutline, 0)).toBe(5_000 - 3_500);
    expect(slowest(tree, 0)).toBe('R/1.1/1.1');
  });

  test('is laid out with depth from left to right and no card over another, a thousand of them too', () => {
    const children = Array.from({ length: 999 }, (_, n) => `R/1.${n + 1}`);
    const large = run(agent('R', { children }), ...children.map((id) => agent(id)));
    const { nodes, links, height } = layOut(visibleRows(large, { search: '', collapsed: new Set() }));
    expect([nodes.length, links.length]).toEqual([1_000, 999]);
    const below = nodes.slice(1).map(({ y }) => y);
    expect(below.every((y, place) => place === 0 || y - (below[place - 1] as number) >= card.height)).toBe(true);
    expect(height).toBeGreaterThanOrEqual(999 * card.height);
    expect(new Set(nodes.map(({ x }) => x)).size).toBe(2);
  });
});

const call: CallOutline = {
  ...{ key: 'c', function: 'llm_query_batched', count: 4, failed: 0, status: 'ok' },
  startedAt: 400,
  endedAt: 900,
  agents: [],
  costUsd: 0,
  begun: [0],
  ended: [0],
};
const first: IterationOutline = {
  ...{ index: 1, startedAt: 100, repliedAt: 300, endedAt: 1_000, status: 'ok', preview: '', furtherCalls: 0 },
  calls: [call],
};

describe('the timeline', () => {
  test('tells model calls, cells, and within cells the waiting', () => {
    const spans = spansOf(agent('R', { iterations: [first] }), 0);
    expect(spans.map(({ kind, from, to }) => [kind, from, to])).toEqual([
      ['model', 100, 300],
      ['cell', 300, 1_000],
      ['waiting', 400, 900],
    ]);
  });

  test('lets what goes on reach until now', () => {
    const open = { ...first, repliedAt: null, endedAt: null, status: null, calls: [] };
    const running = agent('R', { status: 'running', endedAt: null, iterations: [open] });
    expect(spansOf(running, 700)).toMatchObject([{ kind: 'model', from: 100, to: 700 }]);
  });

  test('counts who was at work at once, a batch as many as it has prompts', () => {
    const { at, agents, models, cells, queries } = parallelismOf(
      run(agent('R', { iterations: [first] })),
      0,
      undefined,
      10,
    );
    expect(at[0]).toBe(0.05);
    expect(agents).toEqual(Array(10).fill(1));
    expect(models).toEqual([0, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
    expect(cells).toEqual([0, 0, 0, 1, 1, 1, 1, 1, 1, 1]);
    expect(queries).toEqual([0, 0, 0, 0, 4, 4, 4, 4, 4, 0]);
  });
});

describe('a value', () => {
  test('is a table where it is a list of records of which most have the same fields', () => {
    expect(tableOf([{ a: 1, b: 2 }, { a: 3 }])?.columns).toEqual(['a', 'b']);
    expect(tableOf([{ a: 1 }, 2])).toBeNull();
    expect(tableOf([{ a: 1 }, { b: 1 }, { c: 1 }])).toBeNull();
    expect(tableOf([])).toBeNull();
  });

  test.each([
    ['a list of numbers', [3, 1, 2], { at: null, labels: ['1', '2', '3'], lines: [['value', [3, 1, 2]]] }],
    [
      'names with numbers',
      { ada: 1, bob: 2, eve: 3 },
      { at: null, labels: ['ada', 'bob', 'eve'], lines: [['value', [1, 2, 3]]] },
    ],
    [
      'records with a name',
      [1, 2, 3].map((n) => ({ part: `p${n}`, size: n })),
      { at: null, labels: ['p1', 'p2', 'p3'], lines: [['size', [1, 2, 3]]] },
    ],
    [
      'records along a number',
      [1, 2, 4].map((year) => ({ year, sum: -year })),
      { at: [1, 2, 4], labels: ['1', '2', '4'], lines: [['sum', [-1, -2, -4]]] },
    ],
    ['columns', { x: [1, 2, 3], y: [9, 8, 7] }, { at: [1, 2, 3], labels: ['1', '2', '3'], lines: [['y', [9, 8, 7]]] }],
    [
      'pairs',
      [
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ],
      { at: null, labels: ['a', 'b', 'c'], lines: [['value', [1, 2, 3]]] },
    ],
  ])('is a chart where it is %s', (_, value, { at, labels, lines }) => {
    const series = seriesOf(value);
    expect(series).toMatchObject({ at, labels });
    expect(series?.lines.map(({ name, values }) => [name, values])).toEqual(lines);
  });

  test.each([
    [[1, 2]],
    ['text'],
    [null],
    [{ a: 1, b: 'x', c: 2 }],
    [['a', 'b', 'c']],
    [[{ a: 'x' }, { a: 'y' }, { a: 'z' }]],
  ])('is no chart where it is %j', (value) => {
    expect(seriesOf(value)).toBeNull();
  });
});

test('a patch is told file by file, with both line numbers of each line', () => {
  const patch = [
    ...[
      'diff --git a/src/a.py b/src/a.py',
      'index 1..2 100644',
      '--- a/src/a.py',
      '+++ b/src/a.py',
      '@@ -1,3 +1,4 @@ def f():',
    ],
    ...[' one', '-two', '+--- two', '+2', ' three', '\\ No newline at end of file'],
    ...['diff --git a/old.txt b/new.txt', 'similarity index 100%', 'rename from old.txt', 'rename to new.txt'],
    ...['diff --git a/x.png b/x.png', 'new file mode 100644', 'GIT binary patch', 'literal 3', ''],
    ...[
      'diff --git a/gone b/gone',
      'deleted file mode 100644',
      '--- a/gone',
      '+++ /dev/null',
      '@@ -1 +0,0 @@',
      '-all',
      '',
    ],
  ].join('\n');
  const files = parsePatch(patch);
  expect(
    files.map(({ path, oldPath, kind, isBinary, additions, deletions }) => [
      path,
      oldPath,
      kind,
      isBinary,
      additions,
      deletions,
    ]),
  ).toEqual([
    ['src/a.py', null, 'changed', false, 2, 1],
    ['new.txt', 'old.txt', 'renamed', false, 0, 0],
    ['x.png', null, 'added', true, 0, 0],
    ['gone', null, 'deleted', false, 0, 1],
  ]);
  const [hunk] = files[0]?.hunks ?? [];
  expect(hunk?.title).toBe('def f():');
  expect(hunk?.lines.map(({ kind, oldNumber, newNumber, text }) => [kind, oldNumber, newNumber, text])).toEqual([
    ['kept', 1, 1, 'one'],
    ['removed', 2, null, 'two'],
    ['added', null, 2, '--- two'],
    ['added', null, 3, '2'],
    ['kept', 3, 4, 'three'],
    ['remark', null, null, ' No newline at end of file'],
  ]);
});

describe('the address', () => {
  test.each<Route>([
    { page: 'newest' },
    { page: 'runs' },
    { page: 'run', agentId: 'R', iteration: null, view: 'tree' },
    { page: 'run', agentId: 'R-1.x/3.1/2.12~2', iteration: 7, view: 'timeline' },
  ])('of %j leads back there', (route) => {
    expect(parseRoute(routeHash(route))).toEqual(route);
  });

  test('that was typed wrongly leads somewhere all the same', () => {
    expect(parseRoute('#/run/')).toEqual({ page: 'newest' });
    expect(parseRoute('#/run/%E0%A4%A?iteration=x&view=y')).toEqual({
      page: 'run',
      agentId: '%E0%A4%A',
      iteration: null,
      view: 'tree',
    });
  });
});

test.each([
  '',
  'text',
  '[]',
  '{}',
  '{"runId": "x", "usage": {}, "root": {"agentId": "x", "iterations": [{}], "children": []}}',
])('a file that holds %j is not opened', (text) => {
  expect(() => readResultsFile(text)).toThrow(/results/);
});
