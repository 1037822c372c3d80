import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ForkOptions, forkAgent, planRetry, startFork } from '../../src/client/fork-agent.ts';
import { startRun } from '../../src/client/start-run.ts';
import { defineAgent } from '../../src/define-agent.ts';
import type { Message } from '../../src/model/model-client.ts';
import { tool } from '../../src/tool.ts';
import { GitRepository } from '../support/git-repository.ts';
import { killSandboxOf } from '../support/local-sandboxes.ts';
import { replay } from '../support/replay.ts';
import { reply, startWorld, type World, type WorldRun } from '../support/world.ts';

let counted = 0;
const counter = defineAgent({
  name: 'fork-counter',
  signature: '-> answer: int',
  tools: { count: tool({ description: 'Counts.', parameters: z.object({}), execute: () => ++counted }) },
});

let world: World;
beforeAll(async () => {
  world = await startWorld({ agents: [counter] });
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

const asked = (prompt: string) => world.models.requests.filter(({ lastMessage }) => lastMessage === prompt).length;

const cells = [
  'x = llm_query("paid for in iteration 1")\nprint(x)',
  'y = x.upper() + extra\nprint(y)',
  'SUBMIT(y + " the old way")',
];

async function finished(given: readonly string[], options: WorldRun = {}, signature = 'extra: str -> answer: str') {
  return world.runCells(signature, given, { query: (prompt) => prompt, inputs: { extra: '!' }, ...options });
}

/** A fork whose model goes on with these cells, from that iteration on. */
async function forked(agentId: string, after: number | undefined, later: readonly string[], options: ForkOptions = {}) {
  const model = world.script({
    agent: ({ iteration }) => reply(later[iteration - 1 - (after ?? 0)] ?? 'SUBMIT("too many")'),
    query: (prompt) => prompt,
  });
  const run = await forkAgent(world.client, agentId, {
    ...{ model, settings: world.settings, ...options },
    ...(after === undefined ? {} : { after }),
  });
  return run.document();
}

describe('a fork of a finished agent', () => {
  it('begins after an iteration with its variables and conversation, and pays for nothing again', async () => {
    const source = await finished(cells);
    expect(asked('paid for in iteration 1')).toBe(1);
    const document = await forked(source.runId, 2, ['SUBMIT(x + "|" + y + " the new way")']);
    expect(document).toMatchObject({
      status: 'completed',
      output: { answer: 'paid for in iteration 1|PAID FOR IN ITERATION 1! the new way' },
      usage: { modelCalls: 1, iterations: 1, subQueries: 0, sandboxes: 1 },
    });
    expect(asked('paid for in iteration 1')).toBe(1);
    expect(document.root.iterations.map(({ index, code }) => [index, code?.split('\n')[0]])).toEqual([
      [1, 'x = llm_query("paid for in iteration 1")'],
      [2, 'y = x.upper() + extra'],
      [3, 'SUBMIT(x + "|" + y + " the new way")'],
    ]);
    expect(document.root.forkOf).toEqual({ agentId: source.runId, after: 2 });
    const conversation = world.models.requests.at(-1);
    expect(conversation?.lastMessage).toContain('PAID FOR IN ITERATION 1!');
    await replay(world.client, [document.runId]);
  });

  it('can have other instructions, limits and models, and go on where a limit ended its source', async () => {
    const source = await finished(
      ['kept = 41', 'print(kept)'],
      { limits: { maxIterations: 2 }, inputs: {} },
      '-> answer: int',
    );
    expect(source.root.iterations).toHaveLength(2);
    let conversation: readonly Message[] = [];
    const model = world.script({
      agent: ({ messages }) => {
        conversation = messages;
        return reply('SUBMIT(kept + 1)');
      },
    });
    const document = await forked(source.runId, undefined, [], {
      model,
      limits: { maxIterations: 4 },
      instructions: 'Answer in the new way.',
    });
    expect(document).toMatchObject({ output: { answer: 42 }, finish: 'submit', limits: { maxIterations: 4 } });
    expect(conversation.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user', 'assistant', 'user']);
    expect(conversation[0]?.content).toContain('Answer in the new way.');
  });

  it('can begin from nothing but the inputs', async () => {
    const source = await finished(cells);
    const document = await forked(source.runId, 0, ['SUBMIT(extra)']);
    expect(document.output).toEqual({ answer: '!' });
    expect(document.root.iterations).toHaveLength(1);
  });

  it('of a fork finds the answers of both', async () => {
    const source = await finished(cells);
    const first = await forked(source.runId, 1, ['z = llm_query("asked in the fork")', 'SUBMIT(z)']);
    const second = await forked(first.runId, 2, ['SUBMIT(x + " and " + z)']);
    expect(second.output).toEqual({ answer: 'paid for in iteration 1 and asked in the fork' });
    expect(asked('asked in the fork')).toBe(1);
    expect(second.usage.subQueries).toBe(0);
  });

  it('calls no tool again that its source called', async () => {
    counted = 0;
    const run = await startRun(world.client, counter, {
      ...{ inputs: {}, settings: world.settings },
      model: world.script({ agent: [reply('n = count()'), reply('SUBMIT(n)')] }),
    });
    await run.document();
    const document = await forked(run.runId, 1, ['SUBMIT(n + 10)']);
    expect(document.output).toEqual({ answer: 11 });
    expect(counted).toBe(1);
  });

  it('has a fresh clone in which the files are changed again', async () => {
    using repository = new GitRepository();
    const source = await finished(
      ['open("new.txt", "w").write("kept")', 'SUBMIT("done")'],
      { workspace: { repository: repository.directory }, inputs: {} },
      '-> answer: str',
    );
    const document = await forked(source.runId, 1, ['SUBMIT(open("new.txt").read())']);
    expect(document.output).toEqual({ answer: 'kept' });
    expect(document.patch).toContain('new.txt');
  });

  it('survives the loss of its sandbox', async () => {
    const source = await finished(cells);
    const runId = `fork-lost-${Math.random().toString(36).slice(2)}`;
    const model = world.script({
      agent: ({ iteration }) => {
        if (iteration === 4) killSandboxOf(world.dataDirectory, runId);
        return reply(iteration === 3 ? 'z = llm_query("asked after the fork")' : 'SUBMIT(x + " " + z)');
      },
      query: (prompt) => prompt,
    });
    const run = await forkAgent(world.client, source.runId, { model, after: 2, runId, settings: world.settings });
    const document = await run.document();
    expect(document).toMatchObject({
      output: { answer: 'paid for in iteration 1 asked after the fork' },
      recoveries: 1,
      usage: { subQueries: 1 },
    });
    expect(asked('asked after the fork')).toBe(1);
  });

  it('names the iterations that there are, when it is asked for another', async () => {
    const source = await finished(cells);
    await expect(forked(source.runId, 7, [])).rejects.toThrow(
      'has ended 3 iterations; it can be forked after 0 to 3, not 7',
    );
    await expect(forked('nobody', 1, [])).rejects.toThrow('there is no agent nobody; "rlm list" shows the runs');
  });
});

describe('a fork of a running agent', () => {
  it('begins with what it has done so far', async () => {
    const run = await world.run('-> answer: str', {
      agent: [reply('x = "so far"'), { content: reply('SUBMIT("source")'), delayMs: 8_000 }],
    });
    for await (const event of run.events()) if (event.type === 'iteration-started' && event.iteration === 2) break;
    const document = await forked(run.runId, undefined, ['SUBMIT(x)', 'SUBMIT(x)']);
    expect(document.output).toEqual({ answer: 'so far' });
    expect((await run.document()).output).toEqual({ answer: 'source' });
  });
});

describe('a retry of a sub-agent that has ended', () => {
  it('is a fork of its parent in which that task alone is done anew', async () => {
    let attempt = 0;
    const model = world.script({
      agent: [
        [
          reply('before = llm_query("before the batch")'),
          reply('answers = rlm_query_batched(["a", "b", "c"])\nprint(answers)'),
          reply('SUBMIT(answers)'),
        ],
        [reply('SUBMIT(task + llm_query("attempt of " + task))')],
      ],
      query: (prompt) => {
        if (prompt === 'attempt of b') attempt += 1;
        return prompt === 'attempt of b' ? `${attempt}` : '0';
      },
    });
    const source = await (
      await startRun(world.client, '-> answer: list[str]', { inputs: {}, model, settings: world.settings })
    ).document();
    expect(source.output).toEqual({ answer: ['a0', 'b1', 'c0'] });
    const planned = await planRetry(world.client, world.settings, `${source.runId}/2.2`);
    const run = await startFork(world.client, planned, { settings: world.settings });
    const document = await run.document();
    expect(document.output).toEqual({ answer: ['a0', 'b2', 'c0'] });
    expect(document.root.children.map(({ agentId }) => agentId)).toEqual([`${run.runId}/2.1`]);
    expect(document.root.forkOf).toEqual({ agentId: source.runId, after: 1, again: `${source.runId}/2.2` });
    expect(asked('before the batch')).toBe(1);
    expect(asked('attempt of a')).toBe(1);
    expect(document.usage).toMatchObject({ agents: 2, sandboxes: 2 });
    await replay(world.client, [run.runId, `${run.runId}/2.1`]);
  });
});
