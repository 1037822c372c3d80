import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isRunning, processIdentity } from './embedded/process-identity.ts';

/** Ends the names of files that are being written. */
export const unfinishedEnding = '.tmp';

/**
 * A folder for files that are being written, before they are put in their place whole. Their names tell who writes them, so
 * that what a process left that was killed is known for what it is.
 */
export class UnfinishedFiles {
  private readonly directory: string;
  private writer: string | null = null;

  /** @param directory On the file system of the files' places, and for nothing else. */
  constructor(directory: string) {
    this.directory = directory;
  }

  /** A new name, unique to this call; the folder exists by then. */
  newPath(): string {
    mkdirSync(this.directory, { recursive: true });
    this.writer ??= `${processIdentity(process.pid)}@${hostname()}`;
    return join(this.directory, `${this.writer}@${randomUUID()}${unfinishedEnding}`);
  }

  /** Removes those whose writers, on this machine, have ended. */
  sweep(): void {
    for (const name of this.names()) {
      const [process = '', host] = name.split('@');
      if (host !== hostname() || isRunning(process)) continue;
      try {
        rmSync(join(this.directory, name), { force: true });
      } catch {
        // Whoever cannot remove it cannot write here either, and says so then.
      }
    }
  }

  private names(): string[] {
    try {
      return readdirSync(this.directory).filter((name) => name.endsWith(unfinishedEnding));
    } catch {
      return []; // Nothing was ever written.
    }
  }
}
