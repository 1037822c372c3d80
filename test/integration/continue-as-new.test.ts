import type { WorkflowExecutionInfo } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readEvents } from '../../src/client/read-events.ts';
import type { RunEvent } from '../../src/client/run-events.ts';
import { RunMemo } from '../../src/client/run-memo.ts';
import { runsQuery } from '../../src/client/runs-query.ts';
import { acquireEmbeddedServer, type EmbeddedServer } from '../../src/embedded/embedded-server.ts';
import { removeDataDirectory, temporaryDataDirectory } from '../support/embedded-server.ts';
import { executionsOf } from '../support/executions.ts';
import { killSandboxes, killSandboxOf, sandboxesOf } from '../support/local-sandboxes.ts';
import { replayHistory } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { reply, startWorldAt, type World } from '../support/world-at.ts';

/** Temporal suggests to continue as new at 4,096 events; so low, a short run shows what a long one does. */
const suggestedEvents = 60;

let server: EmbeddedServer;
let world: World;
let dataDirectory: string;
beforeAll(async () => {
  dataDirectory = await temporaryDataDirectory();
  const configuration = { 'limit.historyCount.suggestContinueAsNew': suggestedEvents };
  server = await acquireEmbeddedServer({ dataDirectory, ports: 'any', configuration });
  world = await startWorldAt({
    temporalAddress: server.address,
    workflowBundlePath: inject('workflowBundlePath'),
  });
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await removeDataDirectory(dataDirectory);
});

const asked = (prompt: string) => world.models.requests.filter(({ lastMessage }) => lastMessage === prompt).length;

/** So many cells that add to what the ones before left. */
const counting = (count: number) => [
  'seen = []',
  ...Array.from({ length: count }, (_, index) => `seen.append(${index})\nprint(sum(seen))`),
  'SUBMIT(len(seen))',
];

describe('an agent of many iterations', () => {
  it('goes on in one execution after the other, with the same kernel and its whole transcript at the end', async () => {
    const document = await world.runCells('-> count: int', counting(60), { limits: { maxIterations: 100 } });
    expect(document).toMatchObject({ status: 'completed', output: { count: 60 }, recoveries: 0 });
    expect(document.usage).toMatchObject({ iterations: 62, modelCalls: 62, sandboxes: 1 });
    expect(document.root.iterations.map(({ index }) => index)).toEqual(Array.from({ length: 62 }, (_, i) => i + 1));
    expect(document.root.iterations.map(({ stdout }) => stdout.trim()).slice(1, 5)).toEqual(['0', '1', '3', '6']);
    expect(document.durationMs).toBeGreaterThanOrEqual(
      Date.parse(document.root.iterations.at(-1)?.startedAt ?? '') - Date.parse(document.startedAt),
    );
    const executions = await executionsOf(world.client, document.runId);
    expect(executions.length).toBeGreaterThan(3);
    for (const { history } of executions) await replayHistory(history, document.runId);
    expect(sandboxesOf(world.dataDirectory, document.runId)).toEqual([]);
  });

  it('goes on with a conversation that was shortened, also when its sandbox is lost after that', async () => {
    const runId = 'compacted-and-continued';
    const run = await world.run(
      '-> answer: str',
      {
        agent: ({ iteration }) => {
          if (iteration === 35) killSandboxes(sandboxesOf(world.dataDirectory, runId));
          if (iteration < 35) return reply(`print("FACT-${iteration} " + "x" * 2_800)`);
          return reply('SUBMIT(str([n for n in range(1, 40) if f"FACT-{n} x" in history]))');
        },
      },
      { runId, contextWindow: 6_000, limits: { maxCompactions: 30 } },
    );
    const document = await run.document();
    const last = document.root.summaries?.at(-1)?.afterIteration ?? 0;
    expect(last).toBeGreaterThan(25);
    const told = Array.from({ length: last - 1 }, (_, index) => index + 1);
    expect(document).toMatchObject({ status: 'completed', output: { answer: `[${told.join(', ')}]` }, recoveries: 1 });
    expect(document.compactions).toBe(document.root.summaries?.length);
    expect(document.root.iterations.map(({ index }) => index)).toEqual(Array.from({ length: 35 }, (_, i) => i + 1));
    const executions = await executionsOf(world.client, runId);
    expect(executions.length).toBeGreaterThan(2);
    for (const { history } of executions) await replayHistory(history, runId);
  });

  it('is told as one story, to those who follow it and to those who read it later', async () => {
    const cells = counting(20);
    const run = await world.run('-> count: int', { agent: cells.map(reply) });
    const followed: RunEvent[] = [];
    for await (const event of run.events()) followed.push(event);
    expect(followed).toEqual(await readEvents(world.client, run.runId));
    const types = followed.map(({ type }) => type);
    for (const once of ['agent-started', 'sandbox-opened', 'agent-ended']) {
      expect(types.filter((type) => type === once)).toHaveLength(1);
    }
    expect(types.filter((type) => type === 'cell-ended')).toHaveLength(22);
  });

  it('is one run in the list of runs, as old as its first execution', async () => {
    const run = await world.run('-> count: int', { agent: counting(20).map(reply) });
    const document = await run.document();
    const listed: WorkflowExecutionInfo[] = [];
    const query = `${runsQuery} AND WorkflowId = "${run.runId}"`;
    await until(async () => {
      for await (const info of world.client.workflow.list({ query })) listed.push(info);
      return listed.some(({ status }) => status.name === 'COMPLETED');
    });
    expect(new Set(listed.map(({ memo }) => memo?.startedAt)).size).toBe(1);
    const { startedAt } = RunMemo.parse(listed[0]?.memo);
    expect(Math.abs((startedAt ?? 0) - Date.parse(document.startedAt))).toBeLessThan(5_000);
  });

  it('keeps the limits that it began with', async () => {
    const cells = Array.from({ length: 40 }, (_, index) => `print(llm_query("limited ${index}"))`);
    const document = await world.runCells('-> answer: str', cells, {
      query: (prompt) => prompt,
      limits: { maxIterations: 30, maxLlmCalls: 20 },
    });
    expect(document.usage).toMatchObject({ iterations: 30, subQueries: 20 });
    const refused = document.root.iterations.flatMap(({ calls }) => calls.filter(({ status }) => status === 'refused'));
    expect(refused).toHaveLength(10);
    expect(document).toMatchObject({ finish: 'limit' });
  });

  it('ends at the time limit that it began with', async () => {
    const cells = Array.from({ length: 400 }, () => 'import time\ntime.sleep(0.1)');
    const document = await world.runCells('-> answer: str', cells, { limits: { maxIterations: 400, timeout: 5 } });
    expect(document.finish).toBe('limit');
    expect(document.durationMs).toBeLessThan(10_000);
    expect((await executionsOf(world.client, document.runId)).length).toBeGreaterThan(1);
  });

  it('can be cancelled after it continued, and leaves its results and no sandbox', async () => {
    const cells = [...counting(30).slice(0, -1), 'import time\ntime.sleep(60)'];
    const run = await world.run('-> answer: str', { agent: cells.map(reply) });
    for await (const event of run.events()) {
      if (event.type === 'model-replied' && event.iteration === 32) await run.cancel();
    }
    const document = await run.document();
    expect(document.status).toBe('cancelled');
    expect(document.root.iterations).toHaveLength(32);
    expect(sandboxesOf(world.dataDirectory, run.runId)).toEqual([]);
  });
});

describe('a cell of many calls', () => {
  it('goes on across executions while it runs, each prompt asked once', async () => {
    // A batch is an activity of its own, however small.
    const code = 'SUBMIT(sum(int(llm_query_batched([f"in a row {i}"])[0].split()[-1]) for i in range(40)))';
    const document = await world.runCells('-> total: int', [code], { query: (prompt) => prompt });
    expect(document.output).toEqual({ total: (39 * 40) / 2 });
    expect(document.usage).toMatchObject({ subQueries: 40, iterations: 1 });
    expect(document.root.iterations[0]?.calls).toHaveLength(40);
    for (let index = 0; index < 40; index += 1) expect(asked(`in a row ${index}`)).toBe(1);
    const executions = await executionsOf(world.client, document.runId);
    expect(executions.length).toBeGreaterThan(2);
    for (const { history } of executions) await replayHistory(history, document.runId);
  });

  it('comes to rest where threads never leave a pause', async () => {
    const code = [
      'from concurrent.futures import ThreadPoolExecutor',
      'def ask(i):',
      '    try:',
      '        return int(llm_query(f"threads {i}").split()[-1])',
      '    except RuntimeError:',
      '        return 0',
      'with ThreadPoolExecutor(4) as pool:',
      '    answers = list(pool.map(ask, range(160)))',
    ].join('\n');
    const document = await world.runCells('-> total: int', [code, 'SUBMIT(sum(answers))'], {
      query: (prompt) => prompt,
      limits: { maxLlmCalls: 150 },
    });
    expect(document.usage.subQueries).toBe(150);
    expect(document.root.iterations[0]?.calls).toHaveLength(160);
    for (let index = 0; index < 150; index += 1) expect(asked(`threads ${index}`)).toBeLessThanOrEqual(1);
    expect((await executionsOf(world.client, document.runId)).length).toBeGreaterThan(2);
    const shown = world.models.requests.map(({ lastMessage }) => lastMessage);
    expect(shown.filter((text) => text.includes('10 of 160 in llm_query failed.'))).toHaveLength(1);
  });
});

describe('sub-agents', () => {
  it('are waited for by the execution that started them', async () => {
    const run = await world.run('-> answer: list[str]', {
      agent: [
        [
          ...Array.from({ length: 8 }, (_, index) =>
            reply(`got${index} = rlm_query_batched(["a${index}", "b${index}"])`),
          ),
          reply(`SUBMIT([x for got in [${Array.from({ length: 8 }, (_, i) => `got${i}`).join(', ')}] for x in got])`),
        ],
        [reply('SUBMIT(llm_query(task))')],
      ],
      query: (prompt) => ({ content: prompt.toUpperCase(), delayMs: 50 }),
    });
    const document = await run.document();
    const expected = Array.from({ length: 8 }, (_, index) => [`A${index}`, `B${index}`]).flat();
    expect(document.output).toEqual({ answer: expected });
    expect(document.usage).toMatchObject({ agents: 17, sandboxes: 17, subQueries: 16 });
    expect(document.root.children).toHaveLength(16);
    expect((await executionsOf(world.client, run.runId)).length).toBeGreaterThan(1);
  });

  it('continue as new themselves, and their parent gets the answer', async () => {
    const run = await world.run('-> answer: int', {
      agent: [[reply('SUBMIT(rlm_query("count"))')], counting(30).map(reply)],
    });
    const document = await run.document();
    expect(document.output).toEqual({ answer: 30 });
    expect(document.root.children[0]?.iterations).toHaveLength(32);
    expect((await executionsOf(world.client, `${run.runId}/1.1`)).length).toBeGreaterThan(1);
  });

  it('together keep a budget of tokens, across the executions of all of them', async () => {
    const cells = Array.from({ length: 60 }, (_, index) => `print(llm_query("spend ${index} " + "word " * 200))`);
    const run = await world.run(
      '-> answer: str',
      {
        agent: [
          [
            ...Array.from({ length: 15 }, () => reply('x = llm_query("root " + "word " * 100)')),
            reply('print(rlm_query_batched(["one", "two"]))'),
            ...Array.from({ length: 60 }, () => reply('x = llm_query("root " + "word " * 100)')),
          ],
          cells.map(reply),
        ],
        query: () => 'ok',
      },
      { limits: { maxTokens: 300_000, maxIterations: 100 } },
    );
    const document = await run.document();
    const { promptTokens, completionTokens } = document.usage;
    expect(document.finish).toBe('limit');
    // What is in flight when the limit is reached may finish.
    expect(promptTokens + completionTokens).toBeGreaterThan(250_000);
    expect(promptTokens + completionTokens).toBeLessThan(360_000);
    expect((await executionsOf(world.client, run.runId)).length).toBeGreaterThan(1);
  });
});

describe('a sandbox that is lost after the agent continued as new', () => {
  it('is built again from all cells, those of earlier executions too', async () => {
    const runId = `lost-later-${Math.random().toString(36).slice(2)}`;
    const cells = [
      'kept = [llm_query("kept from the first execution")]',
      ...Array.from({ length: 20 }, (_, index) => `kept.append(${index})`),
      'SUBMIT(kept[0] + " " + str(sum(kept[1:])))',
    ];
    const document = await world
      .run(
        '-> answer: str',
        {
          agent: ({ iteration }) => {
            if (iteration === 22) killSandboxes(sandboxesOf(world.dataDirectory, runId));
            return reply(cells[iteration - 1] ?? '');
          },
          query: (prompt) => prompt,
        },
        { runId },
      )
      .then((run) => run.document());
    expect(document).toMatchObject({
      output: { answer: 'kept from the first execution 190' },
      recoveries: 1,
      usage: { iterations: 22, subQueries: 1 },
    });
    expect(asked('kept from the first execution')).toBe(1);
    expect(document.root.iterations).toHaveLength(22);
    expect((await executionsOf(world.client, runId)).length).toBeGreaterThan(1);
  });

  it('in the middle of a cell is built again with every answer that the cell had', async () => {
    const runId = `lost-inside-${Math.random().toString(36).slice(2)}`;
    let killed = false;
    const code = 'SUBMIT(sum(int(llm_query_batched([f"inside {i}"])[0].split()[-1]) for i in range(30)))';
    const run = await world.run(
      '-> total: int',
      {
        agent: [reply(code)],
        query: (prompt) => {
          if (prompt === 'inside 20' && !killed) {
            killed = true;
            killSandboxes(sandboxesOf(world.dataDirectory, runId));
          }
          return prompt;
        },
      },
      { runId },
    );
    const document = await run.document();
    expect(document).toMatchObject({ output: { total: (29 * 30) / 2 }, recoveries: 1, usage: { subQueries: 30 } });
    expect(document.root.iterations[0]?.calls).toHaveLength(30);
    for (let index = 0; index < 30; index += 1) expect(asked(`inside ${index}`)).toBe(1);
  });

  it('while its sub-agents are at work starts none of them again, though it continues as new then', async () => {
    const runId = `lost-waiting-${Math.random().toString(36).slice(2)}`;
    const tasks = Array.from({ length: 12 }, (_, index) => `waited for ${index}`);
    const run = await world.run(
      '-> answer: list[str]',
      {
        agent: [[reply(`SUBMIT(rlm_query_batched(${JSON.stringify(tasks)}))`)], [reply('SUBMIT(llm_query(task))')]],
        query: (prompt) => {
          if (prompt === tasks.at(-1)) killSandboxOf(world.dataDirectory, runId);
          return prompt;
        },
      },
      { runId },
    );
    const document = await run.document();
    expect(document).toMatchObject({ output: { answer: tasks }, recoveries: 1 });
    expect(document.root.children).toHaveLength(tasks.length);
    for (const task of tasks) expect(asked(task)).toBe(1);
    expect((await executionsOf(world.client, runId)).length).toBeGreaterThan(1);
  });
});
