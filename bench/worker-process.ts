import { runWorker, type Settings } from '../src/index.ts';

/** A worker as a process of its own. Its settings come as JSON in the first argument, its workflow code in the second. */
const [settings = '', workflowBundlePath = ''] = process.argv.slice(2);
const worker = await runWorker({ settings: JSON.parse(settings) as Settings, workflowBundlePath });
process.once('SIGTERM', () => void worker[Symbol.asyncDispose]());
process.send?.('ready');
await worker.stopped;
process.disconnect();
