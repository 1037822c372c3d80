import { mkdirSync } from 'node:fs';
import { UsageError } from './errors.ts';
import { fileSystemReason } from './file-system-reason.ts';

/** Writes into the data directory, made where there is none. Throws `UsageError` where that is not possible. */
export function writeDataDirectory<T>(dataDirectory: string, write: () => T): T {
  try {
    mkdirSync(dataDirectory, { recursive: true });
    return write();
  } catch (error) {
    const reason = fileSystemReason(error) ?? (error as Error).message;
    throw new UsageError(`cannot use the data directory ${dataDirectory}: ${reason}; set RLM_DATA_DIR`);
  }
}
