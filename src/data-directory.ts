import { mkdirSync } from 'node:fs';
import { UsageError } from './errors.ts';

const reasons: Readonly<Record<string, string>> = {
  EEXIST: 'it is a file',
  ENOTDIR: 'a part of its path is a file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};

/** Writes into the data directory, made where there is none. Throws `UsageError` where that is not possible. */
export function writeDataDirectory<T>(dataDirectory: string, write: () => T): T {
  try {
    mkdirSync(dataDirectory, { recursive: true });
    return write();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `cannot use the data directory ${dataDirectory}: ${reasons[code] ?? message}; set RLM_DATA_DIR`,
    );
  }
}
