import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Measure } from './measures.ts';

const command = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

/** The whole `rlm run` as a process, with a server, a worker and a sandbox of its own, from nothing to its end. */
export const coldRun: Measure = {
  name: 'cold rlm run of one iteration',
  unit: 's',
  target: 5,
  runs: 3,
  sample: async ({ modelUrl }) => {
    const directory = await mkdtemp(join(tmpdir(), 'rlm-cold-'));
    try {
      const startedAt = performance.now();
      const env = { ...process.env, RLM_DATA_DIR: directory, OPENAI_BASE_URL: modelUrl, OPENAI_API_KEY: 'none' };
      const args = [command, 'run', '-> answer: str', '-m', 'openai/iterations-1', '--quiet'];
      await promisify(execFile)(process.execPath, args, { env, cwd: directory });
      return (performance.now() - startedAt) / 1_000;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};
