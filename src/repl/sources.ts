import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One Python module of broker and kernel. */
export interface PythonSource {
  /** Such as `broker.py`. */
  name: string;
  text: string;
}

/** The module that is started: `python -s -S -B broker.py CONFIG`, with `PYTHONHASHSEED` set. Its docstring describes CONFIG. */
export const brokerModule = 'broker.py';

const directory = fileURLToPath(new URL('./python/', import.meta.url));

/** All modules of broker and kernel, in name order. They belong together in one directory. */
export async function readBrokerSources(): Promise<PythonSource[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.py')).sort();
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(directory, name), 'utf8') })));
}
