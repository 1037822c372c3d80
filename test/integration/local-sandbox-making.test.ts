import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SocketDirectory } from '../../src/sandbox/local/socket-directory.ts';
import { createLocalProvider } from '../../src/sandbox/local.ts';
import { processesNaming } from '../support/processes-naming.ts';
import { until } from '../support/until.ts';

let dataDirectory: string;
const makers: ChildProcess[] = [];
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'rlm-making-'));
});
afterEach(async () => {
  for (const maker of makers) maker.kill('SIGKILL');
  await using provider = createLocalProvider({ dataDirectory });
  for (const { id } of await provider.list()) await provider.delete({ provider: 'local', id, host: null });
  await rm(dataDirectory, { recursive: true });
});

/** Starts a process that makes sandboxes, and kills it so long after it began with one. */
async function killMaker(afterMs: number): Promise<void> {
  const script = fileURLToPath(new URL('../support/make-sandboxes.ts', import.meta.url));
  const maker = spawn(process.execPath, [script, dataDirectory], { stdio: ['ignore', 'pipe', 'inherit'] });
  makers.push(maker);
  const lines = createInterface({ input: maker.stdout })[Symbol.asyncIterator]();
  await lines.next();
  await setTimeout(afterMs);
  const exited = once(maker, 'exit');
  maker.kill('SIGKILL');
  await exited;
}

/** The sandboxes that live though nobody could find them. */
async function unknownSandboxes(): Promise<string[]> {
  await using provider = createLocalProvider({ dataDirectory });
  for (const { id } of await provider.list()) await provider.delete({ provider: 'local', id, host: null });
  return processesNaming(dataDirectory).map(({ command }) => command);
}

/** From before the first process is there until the sandbox is complete. */
const moments = [0, 20, 35, 50, 70, 100];

describe('a sandbox whose making is cut short', () => {
  it('goes when its maker is killed, at whatever moment', async () => {
    for (const moment of moments) {
      await killMaker(moment);
      await until(async () => (await unknownSandboxes()).length === 0);
    }
  });

  it('goes when its maker gives it up, at whatever moment', async () => {
    await using provider = createLocalProvider({ dataDirectory });
    await provider.check();
    for (const moment of moments) {
      const stop = new AbortController();
      const making = provider.create({ id: `given up after ${moment} ms`, labels: {} }, stop.signal);
      making.catch(() => {}); // It may be complete by then, or not.
      await setTimeout(moment);
      stop.abort(new Error('given up'));
      await making.catch(() => {});
      await until(async () => (await unknownSandboxes()).length === 0);
    }
  });

  it('leaves no file that the next worker does not remove', async () => {
    for (const moment of moments) await killMaker(moment);
    await setTimeout(1_000); // What is younger may be a sandbox that is being made.
    await using provider = createLocalProvider({ dataDirectory });
    await provider.check();
    const sockets = dirname(await new SocketDirectory(dataDirectory).path('any'));
    await until(
      () =>
        globSync(['*.sock'], { cwd: sockets }).length === globSync('sandboxes/*.json', { cwd: dataDirectory }).length,
    );
    expect(globSync('sandboxes/unfinished/*', { cwd: dataDirectory })).toEqual([]);
  });
});
