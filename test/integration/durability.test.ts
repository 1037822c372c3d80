import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { sandboxesOf } from '../support/local-sandboxes.ts';
import { replay } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { WorkerProcesses } from '../support/worker-processes.ts';
import { reply, startWorld, type World } from '../support/world.ts';

let world: World;
const workers = new WorkerProcesses(inject('workflowBundlePath'));
beforeAll(async () => {
  world = await startWorld();
  await world.stopWorker();
});
afterAll(async () => {
  await workers.endAll();
  await world?.[Symbol.asyncDispose]();
});

function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** Whether something went to the task queue of the sandbox's host. */
async function wasOfferedToHost(runId: string): Promise<boolean> {
  const { events } = await world.client.workflow.getHandle(runId).fetchHistory();
  const queues = (events ?? []).map((event) => event.activityTaskScheduledEventAttributes?.taskQueue?.name ?? '');
  return queues.some((queue) => queue.startsWith(`${world.settings.temporal.taskQueue}@`));
}

describe('a run whose workflow moved to another machine', () => {
  it('has its cells run by the host of its sandbox', async () => {
    const first = await workers.start(world.settings);
    const run = await world.run('-> answer: str', {
      agent: [reply('kept = "made by the first"'), { content: reply('SUBMIT(kept)'), delayMs: 4_000 }],
    });
    for await (const event of run.events()) {
      if (event.type !== 'iteration-started' || event.iteration !== 2) continue;
      await workers.end(first, 'SIGKILL');
      // A worker with a data directory of its own is another host: it cannot reach the sandbox.
      const dataDirectory = join(world.dataDirectory, 'another-host');
      await workers.start({ ...world.settings, dataDirectory });
      break;
    }
    // The heartbeat that is missing, and perhaps a task that was given to the dead worker, take their time.
    await until(() => wasOfferedToHost(run.runId), 45_000);
    await workers.start(world.settings);
    expect((await run.result()).output).toEqual({ answer: 'made by the first' });
    await workers.endAll();
  });
});

describe('a run whose machine is gone for good', () => {
  it('has its sandbox built again on another one, and pays for nothing twice', { timeout: 120_000 }, async () => {
    const first = await workers.start(world.settings);
    const before = world.models.requests.length;
    const run = await world.run('-> answer: str', {
      agent: [reply('kept = llm_query("once")'), { content: reply('SUBMIT(kept)'), delayMs: 3_000 }],
      query: () => 'asked once',
    });
    await until(() => world.models.requests.length === before + 3);
    await workers.end(first, 'SIGKILL');
    const dataDirectory = join(world.dataDirectory, 'other-machine');
    await workers.start({ ...world.settings, dataDirectory });
    const { output, recoveries } = await run.result();
    expect({ output, recoveries }).toEqual({ output: { answer: 'asked once' }, recoveries: 1 });
    expect(world.models.requests.filter(({ lastMessage }) => lastMessage === 'once')).toHaveLength(1);
    await workers.endAll();
  });
});

describe('a worker process that is killed', () => {
  it('leaves no sandbox that it was making for an agent that is cancelled', async () => {
    const two = [await workers.start(world.settings), await workers.start(world.settings)];
    // It takes a while until the input is in the sandbox.
    const inputs = { text: 'word '.repeat(4_000_000) };
    const run = await world.run('text: str -> answer: str', { agent: [reply('SUBMIT("never")')] }, { inputs });
    await until(() => sandboxesOf(world.dataDirectory, run.runId).length > 0);
    const [made] = sandboxesOf(world.dataDirectory, run.runId);
    const maker = parentOf(parentOf(made?.process.pid ?? 0));
    for (const worker of two) if (worker.pid === maker) await workers.end(worker, 'SIGKILL');
    await run.cancel();
    expect((await run.document()).status).toBe('cancelled');
    expect(sandboxesOf(world.dataDirectory, run.runId)).toEqual([]);
    await replay(world.client, [run.runId]);
    await workers.endAll();
  });

  it('loses nothing: another one goes on with the same kernel, and pays for nothing twice', async () => {
    const first = await workers.start(world.settings);
    const run = await world.run('-> answer: str', {
      agent: [
        reply('kept = ["set before the kill"]\nprint(llm_query("first"))'),
        reply('kept.append(llm_query("second"))\nimport os\nkept.append(str(os.getpid()))\nprint(kept)'),
        reply('SUBMIT(" ".join(kept[:2]) + " " + str(kept[2] == str(os.getpid())))'),
      ],
      query: (prompt) => (prompt === 'second' ? { content: 'answered late', delayMs: 1_500 } : 'at once'),
    });
    for await (const event of run.events()) {
      if (event.type === 'call-started' && event.iteration === 2) {
        await workers.end(first, 'SIGKILL');
        await workers.start(world.settings);
      }
    }
    const document = await run.result();
    expect(document.output).toEqual({ answer: 'set before the kill answered late True' });
    const asked = (text: string) => world.models.requests.filter(({ lastMessage }) => lastMessage === text);
    expect(asked('first')).toHaveLength(1);
    // What was in flight at the kill had no answer yet, so it is asked again.
    expect(asked('second').length).toBeLessThanOrEqual(2);
    expect(document.usage.iterations).toBe(3);
  });

  it('asks no prompt of a long row twice, but for the one in flight', async () => {
    const run = await world.run('-> answer: str', {
      agent: [reply('SUBMIT(str(sum(int(llm_query(f"row {i}")) for i in range(300))))')],
      query: (prompt) => prompt.replace('row ', ''),
    });
    const asked = () => world.models.requests.flatMap(({ lastMessage }) => lastMessage.match(/^row \d+$/) ?? []);
    await until(() => asked().length > 50);
    await workers.end(workers.latest, 'SIGKILL');
    await workers.start(world.settings);
    const document = await run.result();
    expect(document.output).toEqual({ answer: String((299 * 300) / 2) });
    expect(document.usage.subQueries).toBe(300);
    expect(new Set(asked()).size).toBe(300);
    expect(asked().length).toBeLessThanOrEqual(301);
  });

  it('loses no sub-agents', async () => {
    const run = await world.run('-> answer: list[str]', {
      agent: [
        [reply('SUBMIT(sorted(rlm_query_batched(["a", "b", "c"])))')],
        [reply('x = llm_query(task)'), reply('SUBMIT(x + task)')],
      ],
      query: (prompt) => ({ content: prompt.toUpperCase(), delayMs: 800 }),
    });
    let killed = false;
    for await (const event of run.events()) {
      if (event.type === 'call-started' && !killed) {
        killed = true;
        await workers.end(workers.latest, 'SIGKILL');
        await workers.start(world.settings);
      }
    }
    expect((await run.result()).output).toEqual({ answer: ['Aa', 'Bb', 'Cc'] });
  });

  it('pays for no summary twice while a conversation is shortened, but for the one in flight', async () => {
    await workers.endAll();
    const before = world.models.requests.length;
    const run = await world.run(
      '-> answer: str',
      {
        agent: ({ iteration }) =>
          reply(
            iteration < 14
              ? `print("FACT-${iteration} " + "x" * 2_800)`
              : 'SUBMIT(str([n for n in range(1, 14) if f"FACT-{n} x" in history]))',
          ),
        summary: ({ iteration }) => ({ content: `summary before ${iteration}`, delayMs: 1_000 }),
      },
      { contextWindow: 6_000 },
    );
    // Only from now on there is a worker that knows of the window.
    const first = await workers.start(world.settings);
    const requests = () => world.models.requests.slice(before);
    const summaries = () => requests().filter(({ kind }) => kind === 'summary');
    await until(() => summaries().length === 1);
    await workers.end(first, 'SIGKILL');
    const second = await workers.start(world.settings);
    await until(() => summaries().filter(({ outcome }) => outcome === 200).length === 2);
    await workers.end(second, 'SIGKILL');
    await workers.start(world.settings);
    const document = await run.result();
    expect(document.compactions).toBeGreaterThanOrEqual(2);
    expect(document.usage.iterations).toBe(14);
    const last = document.root.summaries?.at(-1)?.afterIteration ?? 0;
    const told = Array.from({ length: last - 1 }, (_, index) => index + 1);
    expect(document.output).toEqual({ answer: `[${told.join(', ')}]` });
    // Answered twice is at most what was in flight at the second kill.
    const answered = requests().filter(({ outcome }) => outcome === 200);
    expect(answered.length).toBeLessThanOrEqual(14 + document.compactions + 1);
    expect(document.usage.modelCalls).toBe(14 + document.compactions);
    await replay(world.client, [run.runId]);
  });

  it('leaves histories that replay', async () => {
    const run = await world.run('-> answer: str', {
      agent: [[reply('SUBMIT(rlm_query("x") + llm_query("y"))')], [reply('SUBMIT(task)')]],
    });
    await run.result();
    await replay(world.client, [run.runId, `${run.runId}/1.1`]);
  });
});
