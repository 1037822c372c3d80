import { parentPort, workerData } from 'node:worker_threads';
import { allScripts } from './load-scripts.ts';
import { startScriptedServer } from './server.ts';

/** What the thread is started with. */
export interface ThreadOptions {
  /** The user's scripts: name to module path. */
  scripts: Readonly<Record<string, string>>;
  latencyMs: number;
}

/** What the thread says once it serves. */
export interface ThreadReport {
  url: string;
}

const { scripts, latencyMs } = workerData as ThreadOptions;
const server = await startScriptedServer({ scripts: allScripts(scripts), latencyMs });
parentPort?.postMessage({ url: server.url } satisfies ThreadReport);
