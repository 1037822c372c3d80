import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { startRun } from '../../src/client/start-run.ts';
import type { Settings } from '../../src/config/settings.ts';
import type { Script } from '../../src/scripted/script.ts';
import { stampingAgent, stampsFile } from '../fixtures/stamping-agent.ts';
import { GitRepository } from '../support/git-repository.ts';
import { until } from '../support/until.ts';
import { WorkerProcesses } from '../support/worker-processes.ts';
import { reply, startWorld, type World } from '../support/world.ts';

let world: World;
let first: ChildProcess;
const workers = new WorkerProcesses(inject('workflowBundlePath'));
beforeAll(async () => {
  world = await startWorld();
  await world.stopWorker();
});
afterAll(async () => {
  await workers.endAll();
  await world?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  first = await workers.start(withGrace(60));
});
afterEach(async () => {
  await workers.endAll();
  rmSync(stampsFile(world.dataDirectory), { force: true });
});

function withGrace(shutdownGrace: number): Settings {
  return { ...world.settings, worker: { ...world.settings.worker, shutdownGrace } };
}

/** Tells a worker to stop, waits until it has ended, and starts another: how long that takes does not matter here. */
async function handOver(worker = first): Promise<void> {
  await workers.end(worker, 'SIGTERM');
  await workers.start(world.settings);
}

function timesAsked(text: string): number {
  return world.models.requests.filter(({ lastMessage }) => lastMessage === text).length;
}

function stamps(): string[] {
  const file = stampsFile(world.dataDirectory);
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

async function startStamping(cell: string) {
  const script: Omit<Script, 'name'> = { agent: [reply(cell), reply('SUBMIT(kept)')] };
  const { settings } = world;
  return startRun(world.client, stampingAgent(''), { inputs: {}, model: world.script(script), settings });
}

describe('a worker that is told to stop', () => {
  it('lets a request to a model end, and it is paid for once', async () => {
    const before = world.models.requests.length;
    const run = await world.run('-> answer: str', { agent: [{ content: reply('SUBMIT("late")'), delayMs: 5_000 }] });
    await until(() => world.models.requests.length > before);
    await handOver();
    expect((await run.result()).output).toEqual({ answer: 'late' });
    expect(world.models.requests.length).toBe(before + 1);
  });

  it('begins no further prompt of a batch, and leaves the rest to another: each is asked once', async () => {
    const cell = 'SUBMIT(str(sum(int(x[5:]) for x in llm_query_batched([f"part {i}" for i in range(60)]))))';
    const run = await world.run(
      '-> answer: str',
      { agent: [reply(cell)], query: (prompt) => ({ content: prompt, delayMs: 1_500 }) },
      { limits: { maxConcurrency: 8 } },
    );
    const asked = () => world.models.requests.filter(({ lastMessage }) => lastMessage.startsWith('part '));
    await until(() => asked().length > 8);
    await handOver();
    expect(asked().length).toBeLessThan(60);
    expect((await run.result()).output).toEqual({ answer: String((59 * 60) / 2) });
    expect(asked()).toHaveLength(60);
  });

  it('lets a tool end that may be called once only', async () => {
    const run = await startStamping('kept = stamp_once(text="it", seconds=4)');
    await until(() => stamps().length === 1);
    await handOver();
    expect((await run.result()).output).toEqual({ answer: 'stamped it' });
    expect(stamps()).toEqual(['it']);
  });

  it('does not wait for a cell that runs: another worker does', async () => {
    const run = await world.run('-> answer: str', {
      agent: [reply('import time\nprint("begun")\ntime.sleep(12)\nkept = "same kernel"'), reply('SUBMIT(kept)')],
    });
    let ended = false;
    for await (const event of run.events()) {
      // The cell runs for longer than a workflow task waits for it.
      if (event.type === 'model-replied' && event.iteration === 1) {
        void workers.end(first, 'SIGTERM').then(() => {
          ended = true;
          return workers.start(world.settings);
        });
      }
      if (event.type === 'cell-ended' && event.iteration === 1) expect(ended).toBe(true);
    }
    const { output, recoveries } = await run.result();
    expect({ output, recoveries }).toEqual({ output: { answer: 'same kernel' }, recoveries: 0 });
  });

  it('leaves no sandbox half made, and no patch untaken', async () => {
    using repository = new GitRepository();
    const text = 'x'.repeat(5_000_000);
    const run = await world.run(
      'text: str -> answer: str',
      { agent: [reply('open("new.txt", "w").write("made\\n")\nSUBMIT("done")')] },
      { inputs: { text }, workspace: { repository: repository.directory } },
    );
    for await (const event of run.events()) {
      // While the sandbox is being opened, and again while the patch is taken.
      if (event.type === 'agent-started') await handOver();
      if (event.type === 'cell-ended') await handOver(workers.latest);
    }
    const { output, patch } = await run.result();
    expect(output).toEqual({ answer: 'done' });
    expect(patch).toContain('+made');
  });
});

describe('what takes longer than a worker that stops may wait', () => {
  beforeEach(async () => {
    await workers.end(first, 'SIGTERM');
    first = await workers.start(withGrace(0.5));
  });

  it('a request to a model is made again by another worker', async () => {
    const run = await world.run('-> answer: str', {
      agent: [reply('kept = llm_query("slow")'), reply('SUBMIT(kept)')],
      query: () => ({ content: 'answered', delayMs: 4_000 }),
    });
    await until(() => timesAsked('slow') === 1);
    await handOver();
    expect((await run.result()).output).toEqual({ answer: 'answered' });
    expect(timesAsked('slow')).toBe(2);
  });

  it('an idempotent tool is called again', async () => {
    const run = await startStamping('kept = stamp_again(text="again", seconds=3)');
    await until(() => stamps().length === 1);
    await handOver();
    expect((await run.result()).output).toEqual({ answer: 'stamped again' });
    expect(stamps()).toEqual(['again', 'again']);
  });

  it('any other tool is not: its caller is told that nobody knows what it did', async () => {
    const run = await startStamping(
      'try:\n    kept = stamp_once(text="it", seconds=30)\nexcept Exception as error:\n    kept = str(error)',
    );
    await until(() => stamps().length === 1);
    await handOver();
    const answer = 'stamp_once was under way when its worker ended; whether it did its work is not known';
    expect((await run.result()).output).toEqual({ answer });
    expect(stamps()).toEqual(['it']);
  });
});
