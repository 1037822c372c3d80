import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Settings, startRun } from '../src/index.ts';
import { gaps, type Measure } from './measures.ts';
import { iterations } from './scripts.ts';
import { type BenchWorld, setLatency, workflowBundlePath } from './world.ts';

/** How long a run stands still whose worker is ended by a signal, while another worker is there. */
export const takeoverMeasures: Measure[] = [takeover('SIGTERM', 15), takeover('SIGKILL', 30)];

/** In iterations: when the worker is ended, and how many there are in all. */
const endedAt = 3;
const inAll = 25;
const latencyMs = 200;

function takeover(signal: NodeJS.Signals, target: number): Measure {
  return {
    name: `takeover after ${signal} of a worker`,
    unit: 's',
    target,
    runs: 3,
    sample: async (world) => Math.max(...gaps(await standstill(world, signal))) / 1_000,
  };
}

async function standstill(world: BenchWorld, signal: NodeJS.Signals) {
  const taskQueue = `takeover-${performance.now()}`;
  const settings = { ...world.settings, temporal: { ...world.settings.temporal, taskQueue } };
  const script = iterations(inAll);
  await setLatency(world.modelUrl, latencyMs);
  await using workers = new AsyncDisposableStack();
  const first = await startWorker(settings, workers);
  const run = await startRun(world.client, '-> answer: str', {
    ...{ inputs: {}, model: `openai/${script.name}`, settings, limits: { maxIterations: inAll + 10 } },
  });
  for await (const event of run.events()) {
    if (event.type !== 'iteration-started' || event.iteration !== endedAt) continue;
    await startWorker(settings, workers);
    first.kill(signal);
  }
  return run.result();
}

async function startWorker(settings: Settings, workers: AsyncDisposableStack): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('./worker-process.ts', import.meta.url));
  const worker = fork(program, [JSON.stringify(settings), workflowBundlePath]);
  workers.defer(async () => {
    if (worker.exitCode !== null || worker.signalCode !== null) return;
    worker.kill('SIGTERM');
    await once(worker, 'exit');
  });
  await once(worker, 'message');
  return worker;
}
