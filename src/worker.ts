import { runWorker } from './worker/run-worker.ts';

export { type RunningWorker, type RunWorkerOptions, runWorker } from './worker/run-worker.ts';

if (import.meta.main) await runWorkerProcess();

/** The worker process: works until it is told to stop. */
async function runWorkerProcess(): Promise<void> {
  const worker = await runWorker();
  const stop = () => void worker[Symbol.asyncDispose]();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  await worker.stopped;
}
