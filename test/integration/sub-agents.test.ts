import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reply, startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

describe('rlm_query', () => {
  it('starts an agent with a sandbox of its own and the context as a variable', async () => {
    const run = await world.run('-> answer: str', {
      agent: [
        [reply('mine = 1\nSUBMIT(rlm_query("double it", context={"n": 21}))')],
        [reply("SUBMIT(f\"{context['n'] * 2} {task} {'mine' in globals()}\")")],
      ],
    });
    const document = await run.result();
    expect(document.output).toEqual({ answer: '42 double it False' });
    const [child] = document.root.children;
    expect(child).toMatchObject({ agentId: `${run.runId}/1.1`, depth: 1, task: 'double it', parentIteration: 1 });
    expect(child?.sandboxId).not.toBe(document.root.sandboxId);
    expect(document.usage).toMatchObject({ agents: 2, maxDepth: 1, sandboxes: 2 });
  });

  it('nests to any depth, with ids that show the tree', async () => {
    const deeper = reply('SUBMIT(str(1 + int(rlm_query("deeper"))))');
    const run = await world.run('-> answer: str', { agent: [[deeper], [deeper], [deeper], [reply('SUBMIT("0")')]] });
    const document = await run.result();
    expect(document.output).toEqual({ answer: '3' });
    expect(document.usage.maxDepth).toBe(3);
    expect(document.root.children[0]?.children[0]?.children[0]?.agentId).toBe(`${run.runId}/1.1/1.1/1.1`);
  });

  it('raises in the parent when the sub-agent fails, and the parent goes on', async () => {
    const run = await world.run(
      '-> answer: str',
      {
        agent: ({ depth }) =>
          depth === 0
            ? reply('try:\n    rlm_query("fail")\nexcept Exception as error:\n    SUBMIT(str(error))')
            : { content: '', fail: { kind: 'unauthorized' } },
      },
      {},
    );
    const document = await run.result();
    expect(String(document.output?.answer)).toContain(`${run.runId}/1.1 has no answer`);
    expect(document.root.children[0]).toMatchObject({ status: 'failed', error: { type: 'ModelUnauthorized' } });
  });

  it('gives the parent a readable error when the sub-agent is cancelled, and the parent goes on', async () => {
    const run = await world.run('-> answer: str', {
      agent: [
        [reply('try:\n    rlm_query("wait")\nexcept Exception as error:\n    SUBMIT(str(error))')],
        [reply('import time\ntime.sleep(60)')],
      ],
    });
    for await (const event of run.events()) {
      if (event.type === 'model-replied' && event.agentId !== run.runId) {
        await world.client.workflow.getHandle(event.agentId).cancel();
      }
    }
    const document = await run.result();
    expect(String(document.output?.answer)).toContain('it was cancelled');
    expect(document.root.children[0]).toMatchObject({ status: 'cancelled' });
  });

  it('is answered by a plain model query beyond maxDepth, and says so', async () => {
    const document = await world.runCells(
      '-> answer: str',
      ['answer = rlm_query("deep", context=[1])\nprint(answer)', 'SUBMIT(answer)'],
      { limits: { maxDepth: 0 }, query: (prompt) => prompt.replaceAll('\n', '|') },
    );
    expect(document.output).toEqual({ answer: 'deep||Context:|[1]' });
    expect(document.usage).toMatchObject({ agents: 1, subQueries: 1 });
    expect(world.models.requests.some(({ lastMessage }) => lastMessage.includes('plain model query'))).toBe(true);
  });

  it('cuts an answer at resultTruncationLimit, and names the cut', async () => {
    const run = await world.run(
      '-> answer: str',
      { agent: [[reply('SUBMIT(rlm_query("long"))')], [reply('SUBMIT("x" * 500)')]] },
      { limits: { resultTruncationLimit: 100 } },
    );
    const document = await run.result();
    expect(document.output?.answer).toBe(
      `${'x'.repeat(100)}\n[… 400 more characters were cut (resultTruncationLimit)]`,
    );
    expect(document.root.children[0]).toMatchObject({ resultTruncated: true });
  });
});

describe('rlm_query_batched', () => {
  it('runs sub-agents in parallel and keeps the order; what failed is an error in its slot', async () => {
    const run = await world.run('-> answer: list[str]', {
      agent: ({ depth, firstMessage }) => {
        if (depth === 0) return reply('SUBMIT(rlm_query_batched([f"task {i}" for i in range(5)]))');
        if (firstMessage.includes('task 3')) return { content: '', fail: { kind: 'unauthorized' } };
        return reply('SUBMIT(task.upper())');
      },
    });
    const document = await run.result();
    expect(document.output?.answer).toEqual([
      'TASK 0',
      'TASK 1',
      'TASK 2',
      expect.stringMatching(/^Error: /),
      'TASK 4',
    ]);
    expect(document.root.children).toHaveLength(5);
  });

  it('is refused whole when it does not fit maxSandboxes, with what is left', async () => {
    const run = await world.run(
      '-> answer: str',
      {
        agent: [
          [
            reply('try:\n    rlm_query_batched(["a", "b", "c"])\nexcept Exception as error:\n    print(error)'),
            reply('SUBMIT(" ".join(rlm_query_batched(["a", "b"])))'),
          ],
          [reply('SUBMIT(task)')],
        ],
      },
      { limits: { maxSandboxes: 3 } },
    );
    const document = await run.result();
    expect(document.root.iterations[0]?.stdout).toContain('2 of 3 sandboxes left');
    expect(document.output).toEqual({ answer: 'a b' });
    expect(document.usage.sandboxes).toBe(3);
  });

  it('asks the root for sandboxes from below it', async () => {
    const run = await world.run(
      '-> answer: str',
      {
        agent: [
          [reply('SUBMIT(" ".join(rlm_query_batched(["a", "b"])))')],
          [reply('try:\n    SUBMIT(rlm_query("c"))\nexcept Exception as error:\n    SUBMIT("refused")')],
          [reply('SUBMIT("deep")')],
        ],
      },
      { limits: { maxSandboxes: 4 } },
    );
    const document = await run.result();
    expect(String(document.output?.answer).split(' ').sort()).toEqual(['deep', 'refused']);
  });
});

describe('the budgets of the tree', () => {
  it('are not overspent by parallel agents: nothing starts once maxTokens is reached', async () => {
    const run = await world.run(
      '-> answer: str',
      {
        agent: [
          [reply('SUBMIT(str(rlm_query_batched([f"task {i}" for i in range(6)])))')],
          [reply('llm_query("x" * 4000)')],
        ],
        query: () => 'ok',
      },
      { limits: { maxTokens: 40_000, maxIterations: 30 } },
    );
    const document = await run.document();
    const { promptTokens, completionTokens } = document.usage;
    const total = promptTokens + completionTokens;
    expect(total).toBeGreaterThan(10_000);
    // What is in flight may finish, and each agent holds one extraction call back.
    const largestCall = 4_000;
    expect(total).toBeLessThan(40_000 + 7 * 2 * largestCall);
    expect(document.root.children.every(({ finish }) => finish === 'limit')).toBe(true);
  });

  it('let a sub-agent answer before its parent’s time is up', async () => {
    const run = await world.run(
      '-> answer: str',
      {
        agent: [[reply('SUBMIT(rlm_query("slow"))')], [reply('import time\ntime.sleep(60)')]],
        extraction: ({ depth }) => `{"answer": "from depth ${depth}"}`,
      },
      { limits: { timeout: 12 } },
    );
    const document = await run.result();
    expect(document).toMatchObject({ finish: 'submit', output: { answer: 'from depth 1' } });
  });
});

describe('cancelling the root', () => {
  it('ends every agent below it, each after its cleanup', async () => {
    const run = await world.run('-> answer: str', {
      agent: [[reply('rlm_query_batched(["a", "b"])')], [reply('import time\ntime.sleep(60)')]],
    });
    const started = new Set<string>();
    const ended = new Map<string, string>();
    for await (const event of run.events()) {
      if (event.type === 'agent-ended') ended.set(event.agentId, event.status);
      if (event.type === 'model-replied') started.add(event.agentId);
      if (started.size === 3 && event.type === 'model-replied') await run.cancel();
    }
    expect([...ended.values()]).toEqual(['cancelled', 'cancelled', 'cancelled']);
    const document = await run.document();
    expect(document.root.children.map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
  });
});
