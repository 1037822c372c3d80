import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileArtifactStore } from '../../src/artifacts/file-store.ts';
import { type CollectOptions, collectGarbage } from '../../src/gc/collect-garbage.ts';
import { Marks } from '../../src/gc/marks.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

let directory: string;
let store: FileArtifactStore;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlm-gc-'));
  store = new FileArtifactStore(directory);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const put = async (value: unknown) => (await store.put(bytes(value))).sha256;
const write = (name: string, value: unknown) => store.writeRecord(name, bytes(value));

/** Makes all that is in the store two hours old. */
async function age(): Promise<void> {
  const then = new Date(Date.now() - 2 * hourMs);
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), then, then);
  }
}

const files = async () =>
  (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());

async function has(sha256: string): Promise<boolean> {
  // A store of its own remembers nothing.
  return new FileArtifactStore(directory).get({ sha256, bytes: 0 }).then(
    () => true,
    () => false,
  );
}

function collect({ histories = [], ids = [], lineages = [], ...given }: Partial<Situation> = {}) {
  return collectGarbage(store, {
    askKnownAgents: async (onBytes) => {
      for (const history of histories) onBytes(bytes(history));
      return { ids: new Set(ids), lineages: new Set(lineages) };
    },
    youngerThan: Date.now() - hourMs,
    endedBefore: null,
    dryRun: false,
    ...given,
  });
}

interface Situation extends CollectOptions {
  histories: unknown[];
  ids: string[];
  lineages: string[];
}

/** Writes the record of an agent that ended so many days ago. */
async function record(agentId: string, daysAgo: number, more: object = {}): Promise<void> {
  const startedAt = new Date(Date.now() - daysAgo * dayMs).toISOString();
  await write(`agents/${agentId}/record`, {
    agentId,
    lineage: `lineage-of-${agentId}`,
    startedAt,
    durationMs: 1,
    ...more,
  });
}

describe('a blob', () => {
  it('stays when a record names it, or a blob that stays does, and so on; others go', async () => {
    const first = await put({ previous: null, messages: ['a'] });
    const second = await put({ previous: first, messages: ['b'] });
    const third = await put({ previous: second, messages: ['c'] });
    const alone = await put({ previous: third, messages: ['nobody names it'] });
    await record('run', 0, { patch: { sha256: third, bytes: 1 } });
    await age();
    const report = await collect();
    expect(await Promise.all([first, second, third, alone].map(has))).toEqual([true, true, true, false]);
    expect(report).toMatchObject({
      removed: { blobs: { count: 1 }, records: { count: 0 } },
      kept: { blobs: { count: 3 } },
    });
  });

  it('stays when a history that Temporal knows names it', async () => {
    const named = await put('named');
    await age();
    await collect({ histories: [{ input: `…{"sha256":"${named}"}` }] });
    expect(await has(named)).toBe(true);
    await collect();
    expect(await has(named)).toBe(false);
  });

  it('stays while it is young, and so does what it names', async () => {
    const old = await put('old');
    await age();
    const young = await put({ previous: old });
    await collect();
    expect(await Promise.all([old, young].map(has))).toEqual([true, true]);
  });

  it('stays when it is put again, also by one who has put it before', async () => {
    const again = await put('again');
    await age();
    await put('again');
    await collect();
    expect(await has(again)).toBe(true);
  });

  it('stays when it is put again while it is being decided upon', async () => {
    const again = await put('again');
    await age();
    const report = await collect({
      askKnownAgents: async () => {
        await new FileArtifactStore(directory).put(bytes('again'));
        return { ids: new Set(), lineages: new Set() };
      },
    });
    expect(await has(again)).toBe(true);
    expect(report.removed.blobs.count).toBe(0);
  });

  it('is written anew by one who remembers it, when it was removed', async () => {
    const again = await put('again');
    await age();
    await collect();
    expect(await has(again)).toBe(false);
    await put('again');
    expect(await has(again)).toBe(true);
  });

  it('that is damaged is named, and kept', async () => {
    const damaged = await put('as it was');
    await record('run', 0, { patch: damaged });
    await writeFile(join(directory, 'blobs', damaged.slice(0, 2), damaged.slice(2)), 'otherwise');
    await age();
    const report = await collectGarbage(new FileArtifactStore(directory), {
      askKnownAgents: async () => ({ ids: new Set(), lineages: new Set() }),
      youngerThan: Date.now() - hourMs,
      endedBefore: null,
      dryRun: false,
    });
    expect(report).toMatchObject({ damaged: [damaged], removed: { blobs: { count: 0 } } });
  });
});

describe('a record', () => {
  it('of an agent stays, with what was answered to it', async () => {
    const answer = await put('named by an answer');
    await record('run', 400);
    await write('answers/lineage-of-run/1', { answer });
    await age();
    await collect();
    expect(await store.readRecord('agents/run/record')).not.toBeNull();
    expect(await store.readRecord('answers/lineage-of-run/1')).not.toBeNull();
    expect(await has(answer)).toBe(true);
  });

  it('of answers goes when its attempt is neither known to Temporal nor recorded, unless it is young', async () => {
    const answer = await put('named by an answer');
    for (const lineage of ['gone', 'known']) await write(`answers/${lineage}/1`, { answer });
    await age();
    await write('answers/young/1', {});
    const report = await collect({ lineages: ['known'] });
    expect(await store.readRecord('answers/gone/1')).toBeNull();
    expect(await store.readRecord('answers/known/1')).not.toBeNull();
    expect(await store.readRecord('answers/young/1')).not.toBeNull();
    expect(await has(answer)).toBe(true);
    expect(await readdir(join(directory, 'records/answers'))).toEqual(expect.not.arrayContaining(['gone']));
    expect(report.removed.records.count).toBe(1);
  });

  it('of answers stays while a journal that stays names their attempt, as a fork takes them over', async () => {
    const lineage = '0f0f0f0f-1111-2222-3333-444444444444';
    const journal = await put({ sources: [{ lineage, subModel: 'openai/x' }] });
    await record('fork', 0, { journal });
    await write(`answers/${lineage}/1`, {});
    await age();
    await collect();
    expect(await store.readRecord(`answers/${lineage}/1`)).not.toBeNull();
    await collect({ endedBefore: Date.now() });
    await collect();
    expect(await store.readRecord(`answers/${lineage}/1`)).toBeNull();
  });

  it('of what was submitted stays while a history names its kernel', async () => {
    for (const kernel of ['0123456789abcdef', 'fedcba9876543210']) await write(`submissions/${kernel}/1`, {});
    await age();
    await collect({ histories: [{ kernelId: '0123456789abcdef' }] });
    expect(await store.readRecord('submissions/0123456789abcdef/1')).not.toBeNull();
    expect(await store.readRecord('submissions/fedcba9876543210/1')).toBeNull();
  });

  it('of another kind stays, with what it names', async () => {
    const named = await put('named');
    await write('of/a/later/version', { named });
    await age();
    await collect({ endedBefore: Date.now() });
    expect(await has(named)).toBe(true);
  });

  it('that cannot be read ends the collection before anything goes', async () => {
    await put('x');
    await write('agents/run/record', 'no JSON');
    await age();
    const before = await files();
    await expect(collect()).rejects.toThrow('the record agents/run/record of the artifact store cannot be read');
    expect(await files()).toHaveLength(before.length);
  });
});

describe('runs that ended long ago', () => {
  const longAgo = () => ({ endedBefore: Date.now() - 30 * dayMs });

  it('are given up whole, where Temporal knows none of their agents: records, answers, artifacts', async () => {
    const patch = await put('patch');
    await record('old', 40, { patch });
    await record('old/1.1', 41);
    await write('answers/lineage-of-old/1', {});
    await record('new', 20);
    await age();
    await collect(longAgo());
    expect((await files()).map(({ name }) => name)).toEqual(['record']);
    expect(await store.readRecord('agents/new/record')).not.toBeNull();
  });

  it('stay whole while Temporal knows one of their agents, or one of them ended later', async () => {
    await record('known', 40);
    await record('lasted', 40);
    await record('lasted/1.1', 20);
    await age();
    await collect({ ...longAgo(), ids: ['known/2.1'] });
    for (const agent of ['known', 'lasted', 'lasted/1.1']) {
      expect(await store.readRecord(`agents/${agent}/record`)).not.toBeNull();
    }
  });
});

describe('a collection', () => {
  it('only says what it would remove, when it is asked to', async () => {
    await put('nobody names it');
    await write('answers/gone/1', {});
    await age();
    const report = await collect({ dryRun: true });
    expect(report.removed).toMatchObject({ blobs: { count: 1, bytes: 15 }, records: { count: 1, bytes: 2 } });
    expect(await files()).toHaveLength(2);
  });

  it('removes nothing when Temporal does not answer', async () => {
    await put('nobody names it');
    await age();
    const collecting = collect({ askKnownAgents: () => Promise.reject(new Error('no answer')) });
    await expect(collecting).rejects.toThrow('no answer');
    expect(await files()).toHaveLength(1);
  });

  it('removes files that dead writers left half written, but no young ones', async () => {
    await put('x');
    await record('run', 0);
    await writeFile(join(directory, 'records/agents/run/record.1.tmp'), 'half');
    await age();
    await writeFile(join(directory, 'records/agents/run/record.2.tmp'), 'half');
    const report = await collect();
    expect(report.removed.leftovers).toEqual({ count: 1, bytes: 4 });
    expect((await files()).map(({ name }) => name).sort()).toEqual(['record', 'record.2.tmp']);
  });
});

describe('a blob that is being removed', () => {
  const setAside = async (sha256: string) => {
    const path = join(directory, 'blobs', sha256.slice(0, 2), sha256.slice(2));
    await rename(path, `${path}.removed`);
  };

  it('is taken back by whoever reads it', async () => {
    const sha256 = await put('x');
    await setAside(sha256);
    expect(await has(sha256)).toBe(true);
    expect((await files()).map(({ name }) => name)).toEqual([sha256.slice(2)]);
  });

  it('is taken back by the next collection, when the one before died', async () => {
    const sha256 = await put('x');
    await setAside(sha256);
    await collect();
    expect((await files()).map(({ name }) => name)).toEqual([sha256.slice(2)]);
  });
});

describe('what counts as a mention of a blob', () => {
  const sha256 = createHash('sha256').update('x').digest('hex');
  const mentions = (text: string) => {
    const marks = new Marks((name) => name === sha256);
    marks.lookThrough(Buffer.from(text));
    return marks.isReached(sha256);
  };

  it.each([
    ['its name in JSON', `{"sha256":"${sha256}"}`],
    ['its name in JSON within JSON', JSON.stringify(JSON.stringify({ sha256 }))],
    ['its name among other hexadecimal digits', `abc${sha256}def0`],
    ['its name across the end of a chunk', `${' '.repeat(16 * 1024 * 1024 - 30)}${sha256}`],
  ])('%s', (_, text) => {
    expect(mentions(text)).toBe(true);
  });

  it('not a part of its name', () => {
    expect(mentions(sha256.slice(1))).toBe(false);
  });
});
