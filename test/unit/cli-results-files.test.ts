import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Limits } from '../../src/agent/limits.ts';
import { newUsage } from '../../src/agent/sum-usage.ts';
import { writeResults } from '../../src/cli/results-files.ts';
import type { RunDocument } from '../../src/results/run-document.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlm-results-'));
});

afterEach(() => rm(folder, { recursive: true }));

function document(runId: string, startedAt: string): RunDocument {
  const common = { status: 'completed', finish: 'submit', output: { a: 1 }, model: 'openai/x', startedAt } as const;
  const root = {
    ...common,
    agentId: runId,
    depth: 0,
    task: 'why',
    sandboxId: null,
    iterations: [],
    compactions: 0,
    children: [],
  };
  return {
    ...{
      ...common,
      runId,
      usage: newUsage(0),
      durationMs: 5,
      recoveries: 0,
      compactions: 0,
      signature: 'a',
      scripted: false,
    },
    limits: Limits.parse({}),
    root: { ...root, durationMs: 5, usage: newUsage(0) },
  };
}

async function index(): Promise<{ runId: string }[]> {
  return JSON.parse(await readFile(join(folder, 'results', 'index.json'), 'utf8'));
}

test('a run has a file of its own, and a place in the index, newest first', async () => {
  const path = await writeResults(folder, document('older', '2026-01-01T00:00:00Z'));
  await writeResults(folder, document('newer', '2026-01-02T00:00:00Z'));
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ runId: 'older', output: { a: 1 } });
  expect(await index()).toMatchObject([
    { runId: 'newer', file: 'newer.json', task: 'why' },
    { runId: 'older', file: 'older.json' },
  ]);
});

test('a run written again keeps one place', async () => {
  await writeResults(folder, document('one', '2026-01-01T00:00:00Z'));
  await writeResults(folder, document('one', '2026-01-01T00:00:00Z'));
  expect(await index()).toHaveLength(1);
});

test('runs that end at once all get into the index, and leave no temporary files', async () => {
  const ids = Array.from({ length: 20 }, (_, number) => `run-${number}`);
  await Promise.all(ids.map((id) => writeResults(folder, document(id, '2026-01-01T00:00:00Z'))));
  expect((await index()).map((entry) => entry.runId).sort()).toEqual(ids.toSorted());
  expect((await readdir(join(folder, 'results'))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('an index that is not ours is begun anew', async () => {
  await writeResults(folder, document('one', '2026-01-01T00:00:00Z'));
  await writeFile(join(folder, 'results', 'index.json'), 'not JSON');
  await writeResults(folder, document('two', '2026-01-01T00:00:00Z'));
  expect(await index()).toMatchObject([{ runId: 'two' }]);
});
