import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { UsageError } from '../errors.ts';

/** What a worker in the background tells the process that started it, once. */
const Report = z.object({ ready: z.literal(true) });

export interface BackgroundWorkerOptions {
  dataDirectory: string;
  taskQueue: string;
  configFile?: string | undefined;
  agentsFile?: string | undefined;
}

// Sources and build have the same layout, but not the same extension.
const program = fileURLToPath(new URL(`../cli${extname(import.meta.url)}`, import.meta.url));

/**
 * Leaves a worker behind that ends by itself when no run of its task queue is open. Resolves when it works. Its log is
 * `worker.log` in the data directory.
 */
export async function startBackgroundWorker(options: BackgroundWorkerOptions): Promise<void> {
  const { dataDirectory, taskQueue, configFile, agentsFile } = options;
  const log = join(dataDirectory, 'worker.log');
  const output = openSync(log, 'a');
  const config = configFile === undefined ? [] : ['--config', configFile];
  const agents = agentsFile === undefined ? [] : ['--agents', agentsFile];
  const child = spawn(
    process.execPath,
    [program, 'worker', '--until-idle', '--task-queue', taskQueue, ...config, ...agents],
    { detached: true, stdio: ['ignore', output, output, 'ipc'] },
  );
  closeSync(output);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once('message', (message) => {
    const told = Report.safeParse(message);
    if (told.success) resolve();
    else reject(told.error);
  });
  child.once('error', reject);
  child.once('exit', () => reject(new UsageError(`the worker in the background did not start; see ${log}`)));
  try {
    await promise;
  } finally {
    child.removeAllListeners('exit');
    if (child.connected) child.disconnect();
    child.unref();
  }
}

/** In the background worker: tells the process that started it that it works. */
export function reportReady(): void {
  // Who started it may be gone already, or may be a person.
  if (process.connected)
    process.send?.({ ready: true } satisfies z.infer<typeof Report>, undefined, undefined, () => {});
}
