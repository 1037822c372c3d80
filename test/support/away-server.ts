import { setTimeout } from 'node:timers/promises';
import { isRunning, processId } from '../../src/embedded/process-identity.ts';
import { ServerFiles } from '../../src/embedded/server-files.ts';
import { until } from './until.ts';

/** Kills the embedded server of a data directory, and keeps its supervisor from starting it again for so long. */
export async function takeServerAway(dataDirectory: string, forMs: number): Promise<void> {
  const state = new ServerFiles(dataDirectory).readState();
  if (!state) throw new Error('no server is announced');
  process.kill(processId(state.supervisor), 'SIGSTOP');
  try {
    process.kill(processId(state.server), 'SIGKILL');
    await until(() => !isRunning(state.server));
    // How long it is away is what is tried here.
    await setTimeout(forMs);
  } finally {
    process.kill(processId(state.supervisor), 'SIGCONT');
  }
}
