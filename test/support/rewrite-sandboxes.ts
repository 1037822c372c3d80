import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SandboxState } from '../../src/sandbox/local/state-files.ts';
import { sandboxFolder } from './local-sandboxes.ts';

/** Changes what is written of the local sandboxes of a data directory. */
export async function rewriteSandboxes(
  dataDirectory: string,
  change: (state: SandboxState) => Partial<SandboxState>,
): Promise<void> {
  const directory = sandboxFolder(dataDirectory);
  for (const name of (await readdir(directory)).filter((file) => file.endsWith('.json'))) {
    const file = join(directory, name);
    const state = SandboxState.parse(JSON.parse(await readFile(file, 'utf8')));
    await writeFile(`${file}.new`, JSON.stringify({ ...state, ...change(state) }), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
}

/** Makes all local sandboxes of a data directory an hour older: those that are young are never swept. */
export async function ageSandboxes(dataDirectory: string): Promise<void> {
  await rewriteSandboxes(dataDirectory, ({ createdAt }) => ({
    createdAt: new Date(Date.parse(createdAt) - 3_600_000).toISOString(),
  }));
}
