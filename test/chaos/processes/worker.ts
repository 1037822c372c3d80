import { Settings } from '../../../src/config/settings.ts';
import { runWorker } from '../../../src/worker/run-worker.ts';
import { chaosAgent } from '../workload/agent.ts';

/** A worker to be killed. Arguments: its settings as JSON, the bundle of workflow code, the log of the tools' calls. */
const [settingsJson = '', workflowBundlePath = '', toolLog = ''] = process.argv.slice(2);
const settings = Settings.parse(JSON.parse(settingsJson));
const worker = await runWorker({ settings, workflowBundlePath, agents: [chaosAgent(toolLog)] });
process.once('SIGTERM', () => void worker[Symbol.asyncDispose]());
// Whoever started it may be gone, and nobody else would end it.
process.once('disconnect', () => process.exit());
process.send?.('ready');
await worker.stopped;
process.exit();
