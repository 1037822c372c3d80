import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDataDirectory } from '../../data-directory.ts';

/** The id of this data directory's host, made once: workers that share it reach the same local sandboxes. */
export function hostIdentity(dataDirectory: string): string {
  const path = join(dataDirectory, 'host-id');
  return writeDataDirectory(dataDirectory, () => readIdentity(path) ?? makeIdentity(path));
}

function makeIdentity(path: string): string {
  const temporary = `${path}.${randomUUID()}`;
  writeFileSync(temporary, randomUUID().slice(0, 13));
  try {
    linkSync(temporary, path);
  } catch (error) {
    // Another worker that starts at the same time may have been faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary);
  }
  return readFileSync(path, 'utf8');
}

function readIdentity(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
