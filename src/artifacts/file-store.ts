import { createHash } from 'node:crypto';
import { accessSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StorageUnavailable } from '../errors.ts';
import { fileSystemReason } from '../file-system-reason.ts';
import { UnfinishedFiles } from '../unfinished-files.ts';
import {
  filesBelow,
  isUnfinished,
  removeEmptyAbove,
  removeUnfinished,
  removeUnlessChanged,
  takeBack,
} from './file-removal.ts';
import {
  type Amount,
  ArtifactMissing,
  type ArtifactReference,
  type ArtifactStore,
  type StoredBlob,
  type StoredRecord,
} from './store.ts';

/** How many bytes of recently used blobs are kept in memory. */
const cacheBytes = 64 * 1024 * 1024;

/**
 * Up to this size a file is written at once, which takes some 50 µs: each of the four steps of an asynchronous write would
 * take longer than that to come round, and they are on the path of every iteration.
 */
const smallBytes = 64 * 1024;

/** Artifacts as files below one directory: `blobs/ab/cdef…` by content, `records/NAME` by name. */
export class FileArtifactStore implements ArtifactStore {
  private readonly recent = new Map<string, Uint8Array>();
  private recentBytes = 0;
  /** Directories of blobs that exist. */
  private readonly made = new Set<string>();

  readonly directory: string;
  private readonly unfinished: UnfinishedFiles;

  constructor(directory: string) {
    this.directory = directory;
    this.unfinished = new UnfinishedFiles(join(directory, 'unfinished'));
  }

  async put(bytes: Uint8Array): Promise<ArtifactReference> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const path = this.blobPath(sha256);
    await this.reaching('written', async () => {
      if (!renewed(path, bytes.byteLength)) await this.writeBlob(path, bytes);
    });
    this.remember(sha256, bytes);
    return { sha256, bytes: bytes.byteLength };
  }

  async get(reference: ArtifactReference): Promise<Uint8Array> {
    const known = this.recent.get(reference.sha256);
    if (known) return known;
    const path = this.blobPath(reference.sha256);
    const bytes = await this.reaching('read', async () => {
      if (!exists(path) && !takeBack(path)) throw new ArtifactMissing(reference.sha256);
      return reference.bytes <= smallBytes ? readFileSync(path) : await readFile(path);
    });
    if ((await sha256Of(bytes)) !== reference.sha256) throw new ArtifactMissing(reference.sha256, 'damaged');
    this.remember(reference.sha256, bytes);
    return bytes;
  }

  async writeRecord(name: string, bytes: Uint8Array): Promise<void> {
    const path = this.recordPath(name);
    await this.reaching('written', async () => {
      mkdirSync(dirname(path), { recursive: true });
      await this.write(path, bytes);
    });
  }

  async readRecord(name: string): Promise<Uint8Array | null> {
    const path = this.recordPath(name);
    // Asked for before every call of a model, and as a rule not there.
    return this.reaching('read', async () => (exists(path) ? readFile(path) : null));
  }

  /** Whatever the file system refuses may be mended: the disk made roomier, the directory brought back. */
  private async reaching<T>(action: 'written' | 'read', work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const reason = fileSystemReason(error);
      if (reason === null) throw error;
      this.made.clear();
      throw new StorageUnavailable(
        `the artifact store ${this.directory} cannot be ${action}: ${reason}; mend that, what was under way goes on then`,
      );
    }
  }

  async *listBlobs(): AsyncGenerator<StoredBlob> {
    for await (const { parts, bytes, changedAt } of filesBelow(join(this.directory, 'blobs'))) {
      const sha256 = parts.join('');
      if (/^[0-9a-f]{64}$/.test(sha256)) yield { sha256, bytes, putAt: changedAt };
    }
  }

  async *listRecords(prefix = ''): AsyncGenerator<StoredRecord> {
    for await (const { parts, bytes, changedAt } of filesBelow(join(this.directory, 'records'))) {
      if (isUnfinished(parts.at(-1) ?? '')) continue;
      const name = parts.map(decodeURIComponent).join('/');
      if (name.startsWith(prefix)) yield { name, bytes, writtenAt: changedAt };
    }
  }

  async removeBlob(sha256: string, unlessPutAfter: number): Promise<boolean> {
    return this.reaching('written', async () => removeUnlessChanged(this.blobPath(sha256), unlessPutAfter));
  }

  async removeRecord(name: string, unlessWrittenAfter: number): Promise<boolean> {
    const path = this.recordPath(name);
    return this.reaching('written', async () => {
      return removeUnlessChanged(path, unlessWrittenAfter) && removeEmptyAbove(path, join(this.directory, 'records'));
    });
  }

  async removeLeftovers(before: number): Promise<Amount> {
    return removeUnfinished(this.directory, before);
  }

  sweepUnfinished(): void {
    this.unfinished.sweep();
  }

  private blobPath(sha256: string): string {
    return join(this.directory, 'blobs', sha256.slice(0, 2), sha256.slice(2));
  }

  private recordPath(name: string): string {
    const parts = name.split('/').map((part) => encodeURIComponent(part).replace(/^\.+$/, '%2E'));
    return join(this.directory, 'records', ...parts);
  }

  /** There are few directories of blobs, so that it pays to remember them. */
  private async writeBlob(path: string, bytes: Uint8Array): Promise<void> {
    const directory = dirname(path);
    if (!this.made.has(directory)) {
      mkdirSync(directory, { recursive: true });
      this.made.add(directory);
    }
    await this.write(path, bytes);
  }

  /** Written elsewhere and renamed, so that a reader never sees half a file. */
  private async write(path: string, bytes: Uint8Array): Promise<void> {
    const temporary = this.unfinished.newPath();
    try {
      if (bytes.byteLength <= smallBytes) {
        writeFileSync(temporary, bytes);
        renameSync(temporary, path);
      } else {
        await writeFile(temporary, bytes);
        await rename(temporary, path);
      }
    } catch (error) {
      // Half a file would take room on a disk that has none.
      rmSync(temporary, { force: true });
      throw error;
    }
  }

  private remember(sha256: string, bytes: Uint8Array): void {
    // Several may have read it at the same time.
    if (bytes.byteLength > cacheBytes / 8 || this.recent.has(sha256)) return;
    this.recent.set(sha256, bytes);
    this.recentBytes += bytes.byteLength;
    for (const [oldest, { byteLength }] of this.recent) {
      if (this.recentBytes <= cacheBytes) break;
      this.recent.delete(oldest);
      this.recentBytes -= byteLength;
    }
  }
}

/** Unlike `existsSync`, this does not take what cannot be looked at for missing. */
function exists(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** What a file cannot be renewed for, but replaced: it has gone, or it is another user's. */
const replaceable: readonly unknown[] = ['ENOENT', 'EPERM', 'EACCES'];

/**
 * Whether the blob is there whole, and counts as new from now on, so that it is not removed before it is referred to. One
 * of another length was cut off, as by a power cut.
 */
function renewed(path: string, bytes: number): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.size !== bytes) return false;
  try {
    const now = new Date();
    utimesSync(path, now, now);
    return true;
  } catch (error) {
    if (replaceable.includes((error as NodeJS.ErrnoException).code)) return false;
    throw error;
  }
}

/** Large ones are hashed by another thread. */
async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  if (bytes.byteLength <= smallBytes) return createHash('sha256').update(bytes).digest('hex');
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
}
