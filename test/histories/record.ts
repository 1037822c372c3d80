import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import proto from '@temporalio/proto';
import { z } from 'zod';
import { defineAgent, startRun, tool } from '../../src/index.ts';
import { forkAgent, planRetry, startFork } from '../../src/client/fork-agent.ts';
import { acquireEmbeddedServer } from '../../src/embedded/embedded-server.ts';
import { killSandboxes, sandboxesIn } from '../support/local-sandboxes.ts';
import { executionsOf } from '../support/executions.ts';
import { GitRepository } from '../support/git-repository.ts';
import { reply, startWorldAt, type World } from '../support/world-at.ts';

/**
 * Records the histories that `npm test` replays: one run of each shape that a workflow can take. Run it, with
 * `node test/histories/record.ts VERSION`, when a release changes what workflows decide, and keep the older ones. With
 * names of shapes after the version it records those alone.
 */
const [version, ...chosen] = process.argv.slice(2);
if (!version) throw new Error('usage: node test/histories/record.ts VERSION [SHAPE…]');

const adder = defineAgent({
  name: 'adder',
  signature: '-> answer: int',
  tools: { add: tool({ description: 'Adds.', parameters: z.object({ a: z.number() }), execute: ({ a }) => a + 1 }) },
});

const { History } = proto.temporal.api.history.v1;

type Recording = (world: World) => Promise<{ runId: string; document(): Promise<unknown> }>;

const shapes: Record<string, Recording> = {
  submit: (world) => world.run('-> answer: str', { agent: [reply('x = 1\nprint(x)'), reply('SUBMIT(str(x))')] }),
  reminders: (world) => world.run('-> answer: str', { agent: ['no code', '```json\n{}\n```', reply('SUBMIT("x")')] }),
  queries: (world) =>
    world.run('-> answer: str', {
      agent: [
        reply('a = llm_query("a")\nb = llm_query_batched([str(i) for i in range(120)])'),
        reply(
          'from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(4) as pool:\n    SUBMIT(str(list(pool.map(llm_query, "abcd"))))',
        ),
      ],
      query: () => 'ok',
    }),
  refusals: (world) =>
    world.run(
      '-> answer: str',
      { agent: [reply('llm_query_batched(["a"] * 9)'), reply('rlm_query_batched(["a"] * 9)'), reply('SUBMIT("x")')] },
      { limits: { maxLlmCalls: 5, maxSandboxes: 5 } },
    ),
  tools: (world) =>
    startRun(world.client, adder, {
      inputs: {},
      settings: world.settings,
      model: world.script({ agent: [reply('SUBMIT(add(1))')] }),
    }),
  'sub-agents': (world) =>
    world.run('-> answer: str', {
      agent: [
        [reply('SUBMIT(" ".join(rlm_query_batched(["a", "b"])))')],
        [reply('SUBMIT(rlm_query("deep", context=[1]))')],
        [reply('SUBMIT(str(context))')],
      ],
    }),
  'token-budget': (world) =>
    world.run(
      '-> answer: str',
      {
        agent: [
          [reply('SUBMIT(str(rlm_query_batched(["a", "b", "c"])))')],
          [reply('llm_query("x" * 4000)')],
        ],
        query: () => 'ok',
      },
      { limits: { maxTokens: 12_000, maxIterations: 30 } },
    ),
  'iteration-limit': (world) =>
    world.run('-> answer: int', { agent: [reply('print(1)')], extraction: () => 'none' }, { limits: { maxIterations: 2 } }),
  'time-limit': (world) =>
    world.run('-> answer: str', { agent: [reply('import time\ntime.sleep(60)')] }, { limits: { timeout: 2 } }),
  'kernel-death': (world) =>
    world.run('-> answer: str', { agent: [reply('import os\nos._exit(1)'), reply('SUBMIT("x")')] }),
  workspace: (world) =>
    world.run(
      '-> answer: str',
      {
        agent: [
          [reply('answer, patch = rlm_query("change", patch=True)\nrlm_query("look")\nprint(apply_patch(patch))'), reply('FINAL(answer)')],
          [reply('open("new.txt", "w").write("x")\nFINAL(task)')],
        ],
      },
      { workspace: { repository: repository.directory }, limits: { maxDepth: 1 } },
    ),
  recovery: (world) => {
    const runId = 'recorded-recovery';
    return world.run(
      '-> answer: str',
      {
        agent: [
          [reply('x = llm_query("one")\ny = rlm_query("two")'), reply('z = llm_query("lose")'), reply('SUBMIT(x + y + z)')],
          [reply('SUBMIT(task)')],
        ],
        query: (prompt) => {
          if (prompt === 'lose') killSandboxes(sandboxesIn(world.dataDirectory));
          return prompt;
        },
      },
      { runId },
    );
  },
  compaction: (world) =>
    world.run(
      '-> answer: str',
      {
        // The server takes less than the worker believes, so that one compaction comes by itself and others by refusal.
        agent: ({ iteration }) => reply(iteration < 12 ? `print("${iteration}" + "x" * 2_800)` : 'SUBMIT(str("x" in history))'),
        contextWindow: 5_000,
      },
      { contextWindow: 6_000 },
    ),
  continued: (world) =>
    world.run('-> answer: str', {
      agent: [
        [
          reply('x = [llm_query_batched([str(i)])[0] for i in range(30)]'),
          reply('y = rlm_query("count")'),
          ...Array.from({ length: 12 }, () => reply('x.append("z")')),
          reply('SUBMIT(y + str(len(x)))'),
        ],
        [reply('x = 0'), ...Array.from({ length: 20 }, () => reply('x += 1')), reply('SUBMIT(str(x))')],
      ],
      query: (prompt) => prompt,
    }),
  fork: async (world) => {
    const source = await world.run('-> answer: str', {
      agent: [[reply('x = llm_query("a")\ny = rlm_query("b")'), reply('SUBMIT(x + y)')], [reply('SUBMIT(task)')]],
      query: (prompt) => prompt,
    });
    await source.document();
    return forkAgent(world.client, source.runId, { after: 1, settings: world.settings });
  },
  retried: async (world) => {
    const source = await world.run('-> answer: str', {
      agent: [[reply('x = rlm_query_batched(["a", "b"])'), reply('SUBMIT(str(x))')], [reply('SUBMIT(task)')]],
    });
    await source.document();
    const planned = await planRetry(world.client, world.settings, `${source.runId}/1.2`);
    return startFork(world.client, planned, { settings: world.settings });
  },
  steered: async (world) => {
    let attempts = 0;
    const run = await world.run('-> answer: str', {
      agent: [
        [reply('x = rlm_query("slow")'), reply('SUBMIT(x)')],
        [reply('SUBMIT(llm_query("wait"))')],
      ],
      query: () => {
        attempts += 1;
        return attempts === 1 ? { content: 'first', delayMs: 20_000 } : 'second';
      },
    });
    for await (const event of run.events()) {
      if (event.type !== 'call-started' || attempts > 1) continue;
      await run.pause();
      await run.tell('a note');
      await run.agent(event.agentId).retry();
      await run.resume();
    }
    return run;
  },
  cancelled: async (world) => {
    const run = await world.run('-> answer: str', {
      agent: [[reply('rlm_query("wait")')], [reply('import time\ntime.sleep(60)')]],
    });
    for await (const event of run.events()) {
      if (event.type === 'model-replied' && event.agentId !== run.runId) await run.cancel();
    }
    return run;
  },
};

using repository = new GitRepository();
const dataDirectory = await mkdtemp(join(tmpdir(), 'rlm-record-'));
try {
  const wanted = Object.entries(shapes).filter(([shape]) => chosen.length === 0 || chosen.includes(shape));
  for (const [shape, record] of wanted) {
    // In a short run, what a long one does.
    const configuration = shape === 'continued' ? { 'limit.historyCount.suggestContinueAsNew': 60 } : {};
    const directory = join(dataDirectory, shape);
    await mkdir(directory);
    await using server = await acquireEmbeddedServer({ dataDirectory: directory, ports: 'any', configuration });
    const workflowBundlePath = join(import.meta.dirname, '../../dist/workflow-bundle.js');
    const at = { temporalAddress: server.address, workflowBundlePath };
    await using world = await startWorldAt(at, { agents: [adder] });
    const run = await record(world);
    await run.document();
    const histories: Record<string, unknown> = {};
    const tree = world.client.workflow.list({ query: `RootWorkflowId="${run.runId}"` });
    for await (const { workflowId } of tree) {
      if (Object.keys(histories).some((known) => known.startsWith(`${workflowId} `))) continue;
      for (const [index, { history }] of (await executionsOf(world.client, workflowId)).entries()) {
        const name = `${workflowId} execution ${index + 1}`;
        histories[name] = History.toObject(History.create(history), { longs: String, bytes: String });
      }
    }
    // Stack traces name the place of this clone, which is nobody's business.
    const text = JSON.stringify(histories).replaceAll(join(import.meta.dirname, '../..'), '/app');
    await writeFile(join(import.meta.dirname, `${version}-${shape}.json`), `${text}\n`);
    console.log(`${shape}: ${Object.keys(histories).length}`);
  }
} finally {
  await rm(dataDirectory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
