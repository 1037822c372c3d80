import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '../../src/embedded/process-identity.ts';
import { ServerFiles } from '../../src/embedded/server-files.ts';
import { until } from './until.ts';

/** A folder of its own for a test's embedded server. */
export async function temporaryDataDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'rlm-data-'));
}

/** Waits until the server of a folder has ended, which it does when nobody uses it any more, and removes the folder. */
export async function removeDataDirectory(directory: string): Promise<void> {
  const state = new ServerFiles(directory).readState();
  if (state) await until(() => !isRunning(state.supervisor) && !isRunning(state.server));
  if (existsSync(directory)) await rm(directory, { recursive: true, force: true });
}
