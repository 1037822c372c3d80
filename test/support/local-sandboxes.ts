import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SandboxState } from '../../src/sandbox/local/state-files.ts';

/** The folder with the states of a data directory's local sandboxes; it is there when one was made. */
export function sandboxFolder(dataDirectory: string): string {
  return join(dataDirectory, 'sandboxes');
}

/** The local sandboxes of a data directory that have not been deleted. Throws for a state that is none. */
export function sandboxesIn(dataDirectory: string): SandboxState[] {
  const folder = sandboxFolder(dataDirectory);
  const names = whereThere(() => readdirSync(folder)) ?? [];
  const texts = names
    .filter((name) => name.endsWith('.json'))
    .map((name) => whereThere(() => readFileSync(join(folder, name), 'utf8')));
  return texts.filter((text) => text !== null).map((text) => SandboxState.parse(JSON.parse(text)));
}

/** Those of a run. */
export function sandboxesOf(dataDirectory: string, runId: string): SandboxState[] {
  return sandboxesIn(dataDirectory).filter(({ labels }) => labels['rlm.run'] === runId);
}

/** Ends sandboxes as a machine that goes down does. */
export function killSandboxes(sandboxes: readonly SandboxState[]): void {
  for (const { process: first } of sandboxes) process.kill(first.pid, 'SIGKILL');
}

/** Ends the sandbox of one agent so. */
export function killSandboxOf(dataDirectory: string, agentId: string): void {
  killSandboxes(sandboxesIn(dataDirectory).filter(({ labels }) => labels['rlm.agent'] === agentId));
}

/** What a read gives, or null where its file is not there, as when it was removed since it was listed. */
function whereThere<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
