import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileArtifactStore } from '../../src/artifacts/file-store.ts';
import { ArtifactMissing } from '../../src/artifacts/store.ts';
import { inlineCharacters, loadValue, storeValue } from '../../src/artifacts/stored-value.ts';
import { Transcripts } from '../../src/artifacts/transcript.ts';

let directory: string;
let store: FileArtifactStore;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlm-artifacts-'));
  store = new FileArtifactStore(directory);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const bytes = (text: string) => Buffer.from(text);

describe('the file store', () => {
  it('names bytes by their SHA-256, and gives them back to another process', async () => {
    const reference = await store.put(bytes('abc'));
    expect(reference).toEqual({
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      bytes: 3,
    });
    expect(Buffer.from(await new FileArtifactStore(directory).get(reference)).toString()).toBe('abc');
  });

  it('says which artifact is missing', async () => {
    const reference = { sha256: 'f'.repeat(64), bytes: 1 };
    await expect(store.get(reference)).rejects.toThrow(new ArtifactMissing(reference.sha256));
  });

  it('takes bytes that are not what their name says for missing, whatever their length', async () => {
    for (const length of [3, 100_000]) {
      const reference = await store.put(bytes('a'.repeat(length)));
      const path = join(directory, 'blobs', reference.sha256.slice(0, 2), reference.sha256.slice(2));
      await writeFile(path, 'b'.repeat(length));
      const read = new FileArtifactStore(directory).get(reference);
      await expect(read).rejects.toThrow(new ArtifactMissing(reference.sha256, 'damaged'));
    }
  });

  it('writes bytes anew that were cut off, as by a power cut', async () => {
    const reference = await store.put(bytes('abc'));
    await writeFile(join(directory, 'blobs', reference.sha256.slice(0, 2), reference.sha256.slice(2)), '');
    await store.put(bytes('abc'));
    expect(Buffer.from(await new FileArtifactStore(directory).get(reference)).toString()).toBe('abc');
  });

  it('lists what it holds, by the names that it was given', async () => {
    const { sha256 } = await store.put(bytes('abc'));
    await store.writeRecord('agents/run/1.1/record', bytes('a'));
    await store.writeRecord('agents/weiß nicht: ?/record', bytes('b'));
    const blobs: string[] = [];
    for await (const blob of store.listBlobs()) blobs.push(blob.sha256);
    const records: string[] = [];
    for await (const record of store.listRecords('agents/')) records.push(record.name);
    expect(blobs).toEqual([sha256]);
    expect(records.sort()).toEqual(['agents/run/1.1/record', 'agents/weiß nicht: ?/record']);
  });

  it('keeps records under names with slashes, also where one name begins another', async () => {
    await store.writeRecord('agents/run/record', bytes('root'));
    await store.writeRecord('agents/run/1.1/record', bytes('child'));
    await store.writeRecord('agents/run/record', bytes('root again'));
    expect(Buffer.from((await store.readRecord('agents/run/record')) ?? '').toString()).toBe('root again');
    expect(Buffer.from((await store.readRecord('agents/run/1.1/record')) ?? '').toString()).toBe('child');
    expect(await store.readRecord('agents/other/record')).toBeNull();
  });

  it('writes nothing outside its directory, whatever a record is called', async () => {
    await store.writeRecord('../../escape', bytes('x'));
    expect(await readdir(directory)).toEqual(['records', 'unfinished']);
    expect(Buffer.from((await store.readRecord('../../escape')) ?? '').toString()).toBe('x');
  });

  it('stands many writers of the same bytes at once, and leaves no temporary file', async () => {
    const stores = Array.from({ length: 20 }, () => new FileArtifactStore(directory));
    const references = await Promise.all(stores.map((one) => one.put(bytes('same'))));
    expect(new Set(references.map(({ sha256 }) => sha256)).size).toBe(1);
    const files = await readdir(directory, { recursive: true });
    expect(files.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('a stored value', () => {
  it('is inline while it is small, and an artifact with a preview when it is not', async () => {
    expect(await storeValue(store, { a: [1, null] })).toEqual({ value: { a: [1, null] } });
    const stored = await storeValue(store, 'x'.repeat(inlineCharacters));
    expect(stored).toMatchObject({
      artifact: { bytes: inlineCharacters + 2 },
      preview: expect.stringContaining('xxx'),
    });
    expect(await loadValue(store, stored)).toBe('x'.repeat(inlineCharacters));
  });
});

describe('a transcript', () => {
  const entry = (text: string) => ({
    messages: [
      { role: 'user' as const, content: text },
      { role: 'assistant' as const, content: text.toUpperCase() },
    ],
    reasoning: null,
  });

  it('is a chain of entries, each of which adds only itself', async () => {
    const transcripts = new Transcripts(store);
    let head = await transcripts.append({ previous: null, ...entry('a') });
    const sizes: number[] = [];
    for (let turn = 0; turn < 50; turn += 1) {
      head = await transcripts.append({ previous: head, ...entry('b') });
      sizes.push(head.bytes);
    }
    expect(new Set(sizes.slice(1)).size).toBe(1);
    expect((await transcripts.messages(head)).map(({ content }) => content).slice(0, 4)).toEqual(['a', 'A', 'b', 'B']);
  });

  it('is read whole by a process that has seen none of it', async () => {
    const first = new Transcripts(store);
    const one = await first.append({ previous: null, ...entry('a') });
    const two = await first.append({ previous: one, ...entry('b') });
    const messages = await new Transcripts(new FileArtifactStore(directory)).messages(two);
    expect(messages.map(({ content }) => content)).toEqual(['a', 'A', 'b', 'B']);
  });

  it('may branch: two continuations of one entry do not mix', async () => {
    const transcripts = new Transcripts(store);
    const one = await transcripts.append({ previous: null, ...entry('a') });
    const left = await transcripts.append({ previous: one, ...entry('left') });
    const right = await transcripts.append({ previous: one, ...entry('right') });
    expect((await transcripts.messages(left)).at(-1)?.content).toBe('LEFT');
    expect((await transcripts.messages(right)).map(({ content }) => content)).toEqual(['a', 'A', 'right', 'RIGHT']);
  });
});
