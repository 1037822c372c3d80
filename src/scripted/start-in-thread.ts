import { Worker } from 'node:worker_threads';
import type { ThreadOptions, ThreadReport } from './server-thread.ts';

/** The scripted model's server in a thread of its own. */
export interface ScriptedThread extends AsyncDisposable {
  /** The base URL for OpenAI clients. */
  readonly url: string;
  /** Settles when the thread has ended, for whatever reason. */
  readonly ended: Promise<void>;
}

/**
 * Starts the scripted model's server in a worker thread, so that it uses another core than those who ask it. The thread
 * does not keep the process alive.
 */
export async function startScriptedServerInThread(options: ThreadOptions): Promise<ScriptedThread> {
  // Source runs as `.ts`, the compiled package as `.js`.
  const module = import.meta.url.endsWith('.ts') ? './server-thread.ts' : './server-thread.js';
  const worker = new Worker(new URL(module, import.meta.url), { workerData: options, execArgv: [] });
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    worker.once('message', ({ url }: ThreadReport) => resolve(url));
    // Stays: without a listener, a script's stray error would end the whole process.
    worker.on('error', reject);
    worker.once('exit', (code) => reject(new Error(`the scripted model's thread ended at its start (code ${code})`)));
  });
  worker.unref();
  return {
    url,
    ended,
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}
