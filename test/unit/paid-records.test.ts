import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileArtifactStore } from '../../src/artifacts/file-store.ts';
import { PaidRecords, type Patience } from '../../src/artifacts/paid-records.ts';
import { StorageUnavailable } from '../../src/errors.ts';

let directory: string;
let store: FileArtifactStore;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'rlm-paid-')), 'store');
  store = new FileArtifactStore(directory);
  await store.writeRecord('before', bytes('x'));
});
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

const bytes = (text: string) => Buffer.from(text);
const text = (content: Uint8Array | null) => content && Buffer.from(content).toString();

/** Puts a file where the store was, as a share that is gone may look like; returns what brings it back. */
async function takeAway(): Promise<() => Promise<void>> {
  await rename(directory, `${directory}-aside`);
  await writeFile(directory, '');
  return async () => {
    await rm(directory);
    await rename(`${directory}-aside`, directory);
  };
}

function patience(timeLeftMs: number): Patience & { reports: string[] } {
  const reports: string[] = [];
  const { signal } = new AbortController();
  return { signal, timeLeftMs: () => timeLeftMs, report: (said) => reports.push(said), reports };
}

describe('a file store that cannot be reached', () => {
  it('says so, and that nothing is missing', async () => {
    const kept = await store.put(bytes('kept'));
    const bringBack = await takeAway();
    const other = new FileArtifactStore(directory);
    const reason = 'a part of its path is a file';
    await expect(other.get(kept)).rejects.toThrow(`${directory} cannot be read: ${reason}`);
    await expect(other.readRecord('before')).rejects.toThrow(StorageUnavailable);
    await expect(other.put(bytes('new'))).rejects.toThrow(`${directory} cannot be written: ${reason}`);
    await expect(other.writeRecord('new', bytes('new'))).rejects.toThrow(StorageUnavailable);
    await bringBack();
    expect(text(await other.get(kept))).toBe('kept');
    expect(text(await other.readRecord('before'))).toBe('x');
  });

  it('makes its folders anew where it comes back empty', async () => {
    await store.put(bytes('kept'));
    await rm(directory, { recursive: true });
    await expect(store.put(bytes('kept too')).catch(() => store.put(bytes('kept too')))).resolves.toBeDefined();
  });
});

describe('a record that was paid for', () => {
  it('is written as soon as the store takes it, and says meanwhile what it waits for', async () => {
    const bringBack = await takeAway();
    const waits: string[] = [];
    const waiting = patience(60_000);
    const records = new PaidRecords(store, (message) => waits.push(message)).during(waiting);
    const writing = records.writeRecord('answer', bytes('42'));
    await expect.poll(() => waiting.reports.length).toBe(1);
    await bringBack();
    await writing;
    expect(text(await store.readRecord('answer'))).toBe('42');
    expect(waiting.reports[0]).toContain('an answer waits to be kept: the artifact store');
    expect(waits).toHaveLength(1);
  });

  it('outlives the activity that got it: the one that looks for it next writes it', async () => {
    const bringBack = await takeAway();
    const paid = new PaidRecords(store);
    await expect(paid.during(patience(0)).writeRecord('answer', bytes('42'))).rejects.toThrow(StorageUnavailable);
    await expect(paid.during(patience(0)).readRecord('answer')).rejects.toThrow(StorageUnavailable);
    await bringBack();
    expect(text(await paid.during(patience(0)).readRecord('answer'))).toBe('42');
    expect(text(await store.readRecord('answer'))).toBe('42');
  });

  it('is not waited for by who gives up', async () => {
    await takeAway();
    const giveUp = new AbortController();
    const waiting = { ...patience(60_000), signal: giveUp.signal };
    const writing = new PaidRecords(store).during(waiting).writeRecord('answer', bytes('42'));
    giveUp.abort();
    await expect(writing).rejects.toThrow('abort');
  });
});
