import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One Python module of what runs in a sandbox. */
export interface PythonSource {
  /** Such as `broker.py`. */
  name: string;
  path: string;
  text: string;
}

/** The module that is started: `python -s -S -B broker.py CONFIG`, with `PYTHONHASHSEED` set. Its docstring describes CONFIG. */
export const brokerModule = 'broker.py';

/** Folders of modules by what they are a part of: a sandbox has all of them in one, so their names differ. */
export const sourceFolders: readonly string[] = ['broker', 'kernel', 'editing', 'workspace'].map((folder) =>
  fileURLToPath(new URL(`./python/${folder}`, import.meta.url)),
);

/** All modules, in the order of their folders and names. */
export async function readBrokerSources(): Promise<PythonSource[]> {
  const paths = await Promise.all(
    sourceFolders.map(async (folder) => {
      const names = (await readdir(folder)).filter((name) => name.endsWith('.py')).sort();
      return names.map((name) => join(folder, name));
    }),
  );
  return Promise.all(
    paths.flat().map(async (path) => ({ name: basename(path), path, text: await readFile(path, 'utf8') })),
  );
}
