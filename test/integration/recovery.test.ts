import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startRun } from '../../src/client/start-run.ts';
import { defineAgent } from '../../src/define-agent.ts';
import type { Script } from '../../src/scripted/script.ts';
import { tool } from '../../src/tool.ts';
import { GitRepository } from '../support/git-repository.ts';
import { killSandboxOf, sandboxesOf } from '../support/local-sandboxes.ts';
import { until } from '../support/until.ts';
import { reply, startWorld, type World } from '../support/world.ts';

let counted = 0;
const counter = defineAgent({
  name: 'counter',
  signature: '-> answer: str',
  tools: {
    count: tool({ description: 'Counts.', parameters: z.object({}), execute: () => ++counted }),
  },
});

let world: World;
beforeAll(async () => {
  world = await startWorld({ agents: [counter] });
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

/** A model that, before its reply of that iteration, has the sandbox of its agent killed. */
function losing(iteration: number, cells: readonly string[], agentId: () => string): Omit<Script, 'name'> {
  return {
    agent: ({ iteration: now }) => {
      if (now === iteration) killSandboxOf(world.dataDirectory, agentId());
      return reply(cells[now - 1] ?? 'SUBMIT("too many")');
    },
    query: (prompt) => prompt.toUpperCase(),
  };
}

async function runLosing(
  iteration: number,
  cells: readonly string[],
  options: Parameters<World['run']>[2] = {},
  signature = '-> answer: str',
) {
  const runId = `lost-${Math.random().toString(36).slice(2)}`;
  const run = await world.run(
    signature,
    losing(iteration, cells, () => runId),
    { ...options, runId },
  );
  return run.document();
}

const promptsAsked = (prompt: string) =>
  world.models.requests.filter(({ lastMessage }) => lastMessage === prompt).length;

describe('a sandbox that is lost between two cells', () => {
  it('is built again with its inputs and variables, and no prompt is paid for twice', async () => {
    const document = await runLosing(
      4,
      [
        'import math\nx = [llm_query("recovery one"), *llm_query_batched(["recovery two", "recovery three"])]\nprint(x)',
        'y = x[0] + text\nraise ValueError("kept")',
        'def shout(s):\n    return s + "!"',
        'SUBMIT(shout(y) + " ".join(x) + str(math.floor(2.5)))',
      ],
      { inputs: { text: ' and text' } },
      'text: str -> answer: str',
    );
    expect(document).toMatchObject({
      status: 'completed',
      output: { answer: 'RECOVERY ONE and text!RECOVERY ONE RECOVERY TWO RECOVERY THREE2' },
      recoveries: 1,
      usage: { sandboxes: 1, subQueries: 3, iterations: 4 },
    });
    for (const prompt of ['recovery one', 'recovery two', 'recovery three']) expect(promptsAsked(prompt)).toBe(1);
    expect(document.root.iterations.map(({ calls }) => calls.length)).toEqual([2, 0, 0, 0]);
    expect(document.root.remarks).toEqual([expect.stringMatching(/^sandbox 1 was built in place of a lost one/)]);
    expect(sandboxesOf(world.dataDirectory, document.runId)).toEqual([]);
  });

  it('is told of to the model, with the cells that went another way', async () => {
    const document = await runLosing(3, [
      'import time\nt = time.time_ns()\nprint(t)',
      'print("same")',
      'print(t)',
      'SUBMIT(str(t))',
    ]);
    const shown = world.models.requests.filter(({ lastMessage }) => lastMessage.includes('was built again'));
    expect(shown.at(-1)?.lastMessage).toContain('iteration 1 went another way when it was run again');
    expect(shown.at(-1)?.lastMessage).not.toContain('iteration 2 went');
    expect(document.root.remarks).toContain('iteration 1 went another way when it was run again');
    const [first, , third] = document.root.iterations.map(({ stdout }) => stdout);
    expect(document.output?.answer).toBe(third?.trim());
    expect(third).not.toBe(first);
  });

  it('runs no cell again that killed the Python process', async () => {
    const document = await runLosing(4, [
      'before = 1',
      'import os\nkilled = 1\nos._exit(1)',
      'after = 2',
      'SUBMIT(f"{before == 1 and \'killed\' not in globals()} {after}")',
    ]);
    expect(document).toMatchObject({ status: 'completed', output: { answer: 'True 2' }, recoveries: 2 });
  });

  it('has its clone made anew and its files changed again', async () => {
    using repository = new GitRepository({ 'a.py': 'a = 1\n' });
    const document = await runLosing(
      3,
      [
        'print(edit_file("a.py", "1", "2"))',
        'open("b.txt", "w").write("b")',
        'FINAL(open("a.py").read() + open("b.txt").read())',
      ],
      { workspace: { repository: repository.directory } },
    );
    expect(document).toMatchObject({ output: { answer: 'a = 2\nb' }, recoveries: 1 });
    expect(readFileSync(join(repository.patched(document.patch ?? ''), 'b.txt'), 'utf8')).toBe('b');
  });
});

it('what happens again in a sandbox that is built again is not told twice', async () => {
  const runId = 'lost-and-told';
  const run = await world.run(
    '-> answer: str',
    losing(3, ['x = llm_query("told")\nprint(x)', 'y = 1', 'SUBMIT(x)'], () => runId),
    { runId },
  );
  const told: string[] = [];
  for await (const event of run.events()) {
    told.push('iteration' in event ? `${event.type} ${event.iteration}` : event.type);
  }
  expect(told.filter((what) => what === 'cell-ended 1' || what === 'call-started 1')).toHaveLength(2);
  expect(told.filter((what) => what.startsWith('sandbox-'))).toEqual(['sandbox-opened', 'sandbox-rebuilt']);
});

describe('a sandbox that is lost at the very end', () => {
  it('is built again for the patch', async () => {
    using repository = new GitRepository();
    const runId = 'lost-at-the-end';
    const run = await world.run(
      '-> answer: str',
      {
        agent: [reply('open("kept.txt", "w").write(llm_query("kept"))')],
        query: (prompt) => prompt,
        extraction: () => {
          killSandboxOf(world.dataDirectory, runId);
          return '{"answer": "x"}';
        },
      },
      { runId, limits: { maxIterations: 1 }, workspace: { repository: repository.directory } },
    );
    const document = await run.document();
    expect(document).toMatchObject({ status: 'completed', finish: 'limit', recoveries: 1 });
    expect(readFileSync(join(repository.patched(document.patch ?? ''), 'kept.txt'), 'utf8')).toBe('kept');
  });
});

describe('a sandbox that is lost in the middle of a cell', () => {
  it('has a long row of queries answered again at once, each counted once', async () => {
    const runId = `row-${Math.random().toString(36).slice(2)}`;
    let killed = false;
    const run = await world.run(
      '-> total: int',
      {
        agent: [reply('SUBMIT(sum(int(llm_query(f"long row {i}").split()[-1]) for i in range(300)))')],
        query: (prompt) => {
          if (prompt === 'long row 250' && !killed) {
            killed = true;
            killSandboxOf(world.dataDirectory, runId);
          }
          return prompt;
        },
      },
      { runId, limits: { maxLlmCalls: 400 } },
    );
    const document = await run.document();
    expect(document).toMatchObject({ output: { total: (299 * 300) / 2 }, recoveries: 1, usage: { subQueries: 300 } });
    expect(document.root.iterations[0]?.calls).toHaveLength(300);
    for (let index = 0; index < 300; index += 1) expect(promptsAsked(`long row ${index}`)).toBe(1);
    const { events } = await world.client.workflow.getHandle(runId).fetchHistory();
    expect(events?.length).toBeLessThan(600); // One activity for each would take a thousand and more.
  });

  it('runs the cell again with the answers that it had, and asks only what was not answered', async () => {
    const runId = 'lost-in-a-cell';
    const run = await world.run(
      '-> answer: str',
      {
        agent: [
          reply(
            'a = llm_query("middle one")\nb = llm_query_batched(["middle two", "middle three"])\nc = llm_query("middle last")\nSUBMIT(a + "".join(b) + c)',
          ),
        ],
        query: (prompt) => {
          if (prompt === 'middle last' && promptsAsked(prompt) === 1) killSandboxOf(world.dataDirectory, runId);
          return prompt.slice('middle '.length);
        },
      },
      { runId },
    );
    expect(await run.document()).toMatchObject({
      status: 'completed',
      output: { answer: 'onetwothreelast' },
      recoveries: 1,
      usage: { subQueries: 4 },
    });
    for (const prompt of ['middle one', 'middle two', 'middle three', 'middle last'])
      expect(promptsAsked(prompt)).toBe(1);
  });

  it('asks no prompt of a batch twice, not even those that were being asked', async () => {
    const runId = 'lost-in-a-batch';
    const count = 40;
    const run = await world.run(
      '-> answer: str',
      {
        agent: [reply(`SUBMIT("".join(llm_query_batched([f"batch of the lost {i}" for i in range(${count})])))`)],
        query: (prompt) => {
          const number = Number(prompt.split(' ').at(-1));
          if (number === 9 && promptsAsked(prompt) === 1) killSandboxOf(world.dataDirectory, runId);
          return { content: String(number % 10), delayMs: 20 * number };
        },
      },
      { runId, limits: { maxConcurrency: 20 } },
    );
    expect(await run.document()).toMatchObject({
      output: { answer: '0123456789'.repeat(count / 10) },
      recoveries: 1,
      usage: { subQueries: count },
    });
    for (let number = 0; number < count; number += 1) {
      expect([number, promptsAsked(`batch of the lost ${number}`)]).toEqual([number, 1]);
    }
  });

  it('calls no tool twice that has answered', async () => {
    counted = 0;
    const runId = 'lost-after-a-tool';
    const model = world.script({
      agent: [reply('n = count()\nmore = llm_query("after the tool")\nSUBMIT(f"{n} {count()} {more}")')],
      query: (prompt) => {
        if (promptsAsked(prompt) === 1) killSandboxOf(world.dataDirectory, runId);
        return 'ok';
      },
    });
    const { client, settings } = world;
    const run = await startRun(client, counter, { inputs: {}, settings, model, runId });
    expect(await run.document()).toMatchObject({ output: { answer: '1 2 ok' }, recoveries: 1 });
  });

  it('starts no sub-agent again, not even one that was at work', async () => {
    const runId = 'lost-with-sub-agents';
    const run = await world.run(
      '-> answer: str',
      {
        agent: async ({ depth, firstMessage, iteration }) => {
          if (depth === 0) {
            return reply(
              iteration === 1
                ? 'from concurrent.futures import ThreadPoolExecutor\nfirst = rlm_query("first")\nwith ThreadPoolExecutor(2) as pool:\n    both = list(pool.map(rlm_query, ["second", "third"]))'
                : 'SUBMIT(" ".join([first, *both]))',
            );
          }
          if (firstMessage.includes('third')) killSandboxOf(world.dataDirectory, runId);
          return reply('SUBMIT(task)');
        },
      },
      { runId },
    );
    const document = await run.document();
    expect(document).toMatchObject({ status: 'completed', output: { answer: 'first second third' }, recoveries: 1 });
    expect(document.root.children.map(({ task }) => task).sort()).toEqual(['first', 'second', 'third']);
  });

  it('of a sub-agent is built again as that of a root', async () => {
    const runId = 'lost-below';
    const script: Omit<Script, 'name'> = {
      agent: ({ depth, iteration }) => {
        if (depth === 0) return reply('SUBMIT(rlm_query("go"))');
        if (iteration === 2) killSandboxOf(world.dataDirectory, `${runId}/1.1`);
        return reply(iteration === 1 ? 'x = "kept"' : 'SUBMIT(x)');
      },
    };
    const run = await world.run('-> answer: str', script, { runId });
    expect(await run.document()).toMatchObject({ output: { answer: 'kept' }, recoveries: 1 });
  });
});

describe('sandboxes that are lost again and again', () => {
  it('end the agent with SandboxLost, at maxRecoveries, with its transcript kept', async () => {
    const run = await world.run(
      '-> answer: str',
      { agent: [reply('print(1)'), reply('import os, signal\nos.kill(os.getppid(), signal.SIGKILL)')] },
      { limits: { maxRecoveries: 2 } },
    );
    const document = await run.document();
    expect(document).toMatchObject({ status: 'failed', error: { type: 'SandboxLost' }, recoveries: 2 });
    expect(document.root.iterations).toHaveLength(3);
    await until(() => sandboxesOf(world.dataDirectory, document.runId).length === 0);
  });

  it('through the same cell, which is then given up: the agent goes on with what it had before', async () => {
    const run = await world.run('-> answer: str', {
      agent: [
        reply('kept = "from before"'),
        reply('import os, signal\nos.kill(os.getppid(), signal.SIGKILL)'),
        reply('SUBMIT(kept)'),
      ],
    });
    const document = await run.document();
    expect(document).toMatchObject({ status: 'completed', output: { answer: 'from before' }, recoveries: 2 });
    expect(document.root.iterations[1]?.error).toContain('The sandbox was lost 2 times while this cell ran');
    const shown = world.models.requests.map(({ lastMessage }) => lastMessage);
    expect(shown.some((text) => text.includes('so it is not run again'))).toBe(true);
  });

  it('end it at once where none may be built again', async () => {
    const { status, error, recoveries } = await runLosing(2, ['print(1)', 'SUBMIT("x")'], {
      limits: { maxRecoveries: 0 },
    });
    expect({ status, type: error?.type, recoveries }).toEqual({ status: 'failed', type: 'SandboxLost', recoveries: 0 });
  });
});
