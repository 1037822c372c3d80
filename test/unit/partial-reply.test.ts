import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPartialReply, shownWhileWritten } from '../../src/activities/partial-reply.ts';
import { FileArtifactStore } from '../../src/artifacts/file-store.ts';
import { until } from '../support/until.ts';

let directory: string;
let store: FileArtifactStore;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rlm-partial-'));
  store = new FileArtifactStore(directory);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const place = { lineage: 'one', iteration: 3 };
const said = { text: 'I shall', reasoning: 'hm' };
const isShown = async () => (await readPartialReply(store, 'one')) !== null;

describe('a reply that is being written', () => {
  it('can be read by others until it is whole', async () => {
    const whole = await shownWhileWritten(store, place, async (onProgress) => {
      onProgress({ text: 'I', reasoning: '' });
      onProgress(said);
      await until(isShown);
      expect(await readPartialReply(store, 'one')).toEqual({ iteration: 3, ...said });
      expect(await readPartialReply(store, 'two')).toBeNull();
      return 'I shall print';
    });
    expect(whole).toBe('I shall print');
    expect(await isShown()).toBe(false);
  });

  it('is gone when it fails, and so is what a worker left that died', async () => {
    await store.writeRecord('answers/one/partial-reply', Buffer.from(JSON.stringify({ iteration: 2, ...said })));
    expect(await isShown()).toBe(true);
    const failing = shownWhileWritten(store, place, async () => {
      throw new Error('refused');
    });
    await expect(failing).rejects.toThrow('refused');
    expect(await isShown()).toBe(false);
  });

  it('comes to its end though nothing can be written of it', async () => {
    const tried = Promise.withResolvers<void>();
    class FullStore extends FileArtifactStore {
      override async writeRecord(): Promise<void> {
        tried.resolve();
        throw new Error('the disk is full');
      }
    }
    const whole = await shownWhileWritten(new FullStore(directory), place, async (onProgress) => {
      onProgress(said);
      await tried.promise;
      return 'I shall print';
    });
    expect(whole).toBe('I shall print');
  });
});
