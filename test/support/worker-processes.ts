import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Settings } from '../../src/config/settings.ts';

const program = fileURLToPath(new URL('../fixtures/worker-process.ts', import.meta.url));

/** Workers as processes of their own, which a test may kill; those that are left end with it. */
export class WorkerProcesses implements AsyncDisposable {
  private readonly workflowBundlePath: string;
  private readonly processes: ChildProcess[] = [];

  constructor(workflowBundlePath: string) {
    this.workflowBundlePath = workflowBundlePath;
  }

  /** Starts one, and resolves when it polls. */
  async start(settings: Settings): Promise<ChildProcess> {
    const worker = fork(program, [JSON.stringify(settings), this.workflowBundlePath]);
    this.processes.push(worker);
    await once(worker, 'message');
    return worker;
  }

  /** The one that was started last of those that still run. */
  get latest(): ChildProcess {
    const worker = this.processes.findLast(runs);
    if (!worker) throw new Error('no worker runs');
    return worker;
  }

  /** Sends it a signal, and resolves when it has ended. */
  async end(worker: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    if (!runs(worker)) return;
    const exited = once(worker, 'exit');
    worker.kill(signal);
    await exited;
  }

  async endAll(): Promise<void> {
    await Promise.all(this.processes.map((worker) => this.end(worker, 'SIGTERM')));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.endAll();
  }
}

function runs({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}
