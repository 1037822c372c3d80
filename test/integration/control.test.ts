import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/client/run-events.ts';
import { replay } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { reply, startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

/** How many sub-agents there are above an agent. */
const depths = [0, 1, 2] as const;

/** The agent of a run at that depth, where each starts one sub-agent in its first iteration. */
function agentAt(runId: string, depth: number): string {
  return [runId, ...Array.from({ length: depth }, () => '1.1')].join('/');
}

/** Agents that hand a task down to a depth, where these cells run. */
function downTo(depth: number, cells: readonly unknown[]) {
  const handing = Array.from({ length: depth }, () => [reply('answer = rlm_query("go on")\nSUBMIT(answer)')]);
  return [...handing, cells] as never;
}

async function reached(
  events: AsyncGenerator<RunEvent>,
  agentId: string,
  matches: (event: RunEvent) => boolean,
): Promise<void> {
  for await (const event of events) if (event.agentId === agentId && matches(event)) return;
  throw new Error(`${agentId} did not come so far`);
}

const modelCallsOf = (marker: string) =>
  world.models.requests.filter(({ lastMessage }) => lastMessage.includes(marker)).length;

describe.each(depths)('an agent at depth %i', (depth) => {
  it('that is paused starts no model call until it is resumed, and then goes on', async () => {
    const asked = Promise.withResolvers<string>();
    const run = await world.run('-> answer: str', {
      agent: downTo(depth, [
        reply('llm_query("until it is paused")'),
        reply('print("after the pause")'),
        reply('SUBMIT("done")'),
      ]),
      query: () => asked.promise,
    });
    const agentId = agentAt(run.runId, depth);
    await reached(run.events(), agentId, (event) => event.type === 'call-started');
    await run.agent(agentId).pause();
    await run.agent(agentId).pause();
    asked.resolve('go on');
    await reached(run.events(), agentId, (event) => event.type === 'cell-ended');
    const iterations = () => world.client.workflow.getHandle(agentId).query<{ iteration: number }>('state');
    expect((await iterations()).iteration).toBe(1);
    const requests = world.models.requests.length;
    // Signals are handled in their order, so that by then a model call would have started.
    await run.agent(agentId).tell('you were paused');
    expect((await iterations()).iteration).toBe(1);
    expect(world.models.requests.length).toBe(requests);
    await run.agent(agentId).resume();
    const document = await run.document();
    expect(document.output).toEqual({ answer: 'done' });
    expect(modelCallsOf('The user tells you:\nyou were paused')).toBeGreaterThan(0);
    await replay(world.client, [agentId]);
  });

  it('is told something that it reads before its next reply, once', async () => {
    const note = `look at depth ${depth} only`;
    const asked = Promise.withResolvers<string>();
    const run = await world.run('-> answer: str', {
      agent: downTo(depth, [reply('llm_query("until it is told")'), reply('print(2)'), reply('SUBMIT("done")')]),
      query: () => asked.promise,
    });
    const agentId = agentAt(run.runId, depth);
    await reached(run.events(), agentId, (event) => event.type === 'call-started');
    await run.agent(agentId).tell(note);
    asked.resolve('go on');
    const document = await run.document();
    expect(document.status).toBe('completed');
    const heard = world.models.requests.filter(({ lastMessage }) => lastMessage.includes(note));
    expect(heard).toHaveLength(1);
    let agent = document.root;
    for (let below = 0; below < depth; below += 1) agent = agent.children[0] ?? agent;
    expect(agent.remarks).toContain(`told in iteration 1: ${note}`);
  });
});

describe.each([1, 2] as const)('a sub-agent at depth %i', (depth) => {
  it('is started afresh, and its parent gets the new answer', async () => {
    let attempts = 0;
    const run = await world.run('-> answer: str', {
      agent: downTo(depth, [reply('SUBMIT(llm_query("which attempt"))')]),
      query: () => {
        attempts += 1;
        return attempts === 1 ? { content: 'first', delayMs: 30_000 } : 'second';
      },
    });
    const agentId = agentAt(run.runId, depth);
    await reached(run.events(), agentId, (event) => event.type === 'call-started');
    await run.agent(agentId).retry();
    const document = await run.document();
    expect(document.output).toEqual({ answer: 'second' });
    let parent = document.root;
    for (let below = 1; below < depth; below += 1) parent = parent.children[0] ?? parent;
    expect(parent.children.map(({ agentId: id, status }) => [id, status])).toEqual([
      [agentId, 'cancelled'],
      [`${agentId}~2`, 'completed'],
    ]);
    expect(parent.iterations[0]?.calls[0]?.agents).toEqual([agentId, `${agentId}~2`]);
    expect(parent.remarks).toEqual([`sub-agent ${agentId} was ended, and started afresh as ${agentId}~2`]);
    await replay(world.client, [run.runId, parent.agentId, agentId, `${agentId}~2`]);
  });

  it('that is cancelled ends with everything below it, and its parent goes on with an error that says so', async () => {
    const run = await world.run('-> answer: str', {
      agent: [
        ...Array.from({ length: depth }, () => [
          reply(
            'try:\n    answer = rlm_query("go on")\nexcept RuntimeError as error:\n    answer = str(error)\nSUBMIT(answer)',
          ),
        ]),
        [reply('import time\ntime.sleep(60)')],
      ],
    });
    const agentId = agentAt(run.runId, depth);
    await reached(run.events(), agentId, (event) => event.type === 'model-replied');
    await run.agent(agentId).cancel();
    expect((await run.document()).output).toEqual({
      answer: expect.stringContaining(`sub-agent ${agentId} has no answer: it was cancelled`),
    });
  });
});

describe('a pause', () => {
  it('holds for the agents below too, and does not count against the time of the run', async () => {
    const asked = Promise.withResolvers<string>();
    const run = await world.run(
      '-> answer: list[str]',
      {
        agent: [
          [reply('SUBMIT(rlm_query_batched(["a", "b"]))')],
          [reply('llm_query("until all are paused")'), reply('SUBMIT(task)')],
        ],
        query: () => asked.promise,
      },
      { limits: { timeout: 10 } },
    );
    const below = [`${run.runId}/1.1`, `${run.runId}/1.2`];
    const haveCome = (type: RunEvent['type']) =>
      Promise.all(below.map((agentId) => reached(run.events(), agentId, (event) => event.type === type)));
    await haveCome('call-started');
    await run.pause();
    await haveCome('steered');
    asked.resolve('go on');
    const ended = until(async () => {
      const { status } = await world.client.workflow.getHandle(run.runId).describe();
      return status.name !== 'RUNNING';
    }, 11_000);
    await expect(ended).rejects.toThrow('did not come true');
    await run.resume();
    const document = await run.document();
    expect(document).toMatchObject({ finish: 'submit', output: { answer: ['a', 'b'] } });
  });

  it('does not keep a run from being cancelled', async () => {
    const run = await world.run('-> answer: str', { agent: [reply('import time\ntime.sleep(0.3)'), reply('x')] });
    await reached(run.events(), run.runId, (event) => event.type === 'model-replied');
    await run.pause();
    await reached(run.events(), run.runId, (event) => event.type === 'cell-ended');
    await run.cancel();
    expect((await run.document()).status).toBe('cancelled');
  });
});

describe('verbs for an agent that is not there', () => {
  it.each(['cancel', 'pause', 'resume', 'retry'] as const)('%s says so in one line', async (verb) => {
    const run = await world.run('-> answer: str', { agent: [reply('SUBMIT("x")')] });
    await run.document();
    await expect(run.agent('no-such-run/1.1')[verb]()).rejects.toThrow(
      'there is no agent no-such-run/1.1 in progress; "rlm list" shows the runs',
    );
    await expect(run.agent(run.runId)[verb]()).rejects.toThrow(`${run.runId} has ended already (completed)`);
  });

  it('a run cannot be retried as a sub-agent', async () => {
    const run = await world.run('-> answer: str', { agent: [reply('import time\ntime.sleep(30)')] });
    await expect(run.agent(run.runId).retry()).rejects.toThrow('is a run, not a sub-agent');
    await expect(run.tell('')).rejects.toThrow('a note has 1 to 20,000 characters');
    await run.cancel();
    await run.document();
  });
});
