import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentHandle } from '../../src/client/agent-handle.ts';
import { forkAgent } from '../../src/client/fork-agent.ts';
import type { RunHandle } from '../../src/client/run-handle.ts';
import { UsageError } from '../../src/errors.ts';
import type { AgentDocument, RunDocument } from '../../src/results/run-document.ts';
import { replay } from '../support/replay.ts';
import { reply, startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

const verbs = ['cancel', 'pause', 'resume', 'tell', 'retry', 'fork'] as const;
type Verb = (typeof verbs)[number];

const phases = [
  'agent-started',
  'sandbox-opened',
  'iteration-started',
  'model-replied',
  'call-started',
  'cell-ended',
] as const;

const handDown =
  'try:\n    answer = rlm_query("go on")\nexcept RuntimeError as error:\n    answer = str(error)\nSUBMIT(answer)';

/** A run whose agent at that depth thinks, runs a cell, waits for a query and thinks again, each for a while. */
async function startBusy(depth: number) {
  const thinking = [
    { content: reply('import time\ntime.sleep(0.3)\nx = llm_query("slow")'), delayMs: 300 },
    { content: reply('SUBMIT("answered")'), delayMs: 300 },
  ];
  const run = await world.run('-> answer: str', {
    agent: [...Array.from({ length: depth }, () => [reply(handDown)]), thinking],
    query: () => ({ content: 'ok', delayMs: 300 }),
  });
  const above = Array.from({ length: depth + 1 }, (_, count) => [run.runId, ...Array(count).fill('1.1')].join('/'));
  return { run, above, agentId: above.at(-1) ?? run.runId };
}

async function reached(run: RunHandle<unknown>, agentId: string, phase: (typeof phases)[number]): Promise<void> {
  for await (const event of run.events()) if (event.agentId === agentId && event.type === phase) return;
  throw new Error(`${agentId} did not come to ${phase}`);
}

/** Returns the run that a fork makes. */
async function apply(agent: AgentHandle, verb: Verb): Promise<RunHandle<unknown> | null> {
  switch (verb) {
    case 'tell':
      await agent.tell('hurry');
      return null;
    case 'fork':
      return forkAgent(world.client, agent.agentId, { settings: world.settings });
    default:
      await agent[verb]();
      return null;
  }
}

/** Lets what was paused go on, and waits for the end; every history must replay. */
async function endOf(run: RunHandle<unknown>, agents: readonly string[]): Promise<RunDocument> {
  // Those that have ended, or were never there, refuse.
  for (const agentId of [...agents, `${agents.at(-1)}~2`])
    await run
      .agent(agentId)
      .resume()
      .catch(() => {});
  const document = await run.document();
  await replay(
    world.client,
    treeOf(document.root).map(({ agentId }) => agentId),
  );
  return document;
}

function treeOf(agent: AgentDocument): AgentDocument[] {
  return [agent, ...agent.children.flatMap(treeOf)];
}

const marks: Record<Verb, string[]> = {
  cancel: [],
  pause: ['paused', 'resumed'],
  resume: [],
  tell: ['told'],
  retry: [],
  fork: [],
};

describe.each([0, 1, 2])('of an agent at depth %i,', (depth) => {
  // A run is no sub-agent that could be started afresh.
  describe.each(verbs.filter((verb) => verb !== 'retry' || depth > 0))('%s', (verb) => {
    it.concurrent.each(phases)('when it has come to %s', async (phase) => {
      const { run, above, agentId } = await startBusy(depth);
      await reached(run, agentId, phase);
      const fork = await apply(run.agent(agentId), verb);
      const document = await endOf(run, above);
      const isCancelledRun = verb === 'cancel' && depth === 0;
      expect(document.status).toBe(isCancelledRun ? 'cancelled' : 'completed');
      const answer = verb === 'cancel' ? expect.stringContaining('it was cancelled') : 'answered';
      expect(document.output).toEqual(isCancelledRun ? null : { answer });
      const attempts = treeOf(document.root).filter((agent) => agent.depth === depth);
      const statuses = attempts.map(({ status }) => status);
      if (verb === 'retry') expect(statuses).toEqual(['cancelled', 'completed']);
      else expect(statuses).toEqual([verb === 'cancel' ? 'cancelled' : 'completed']);
      const remarks = attempts[0]?.remarks?.map((remark) => remark.split(' ')[0]) ?? [];
      for (const mark of marks[verb]) expect(remarks).toContain(mark);
      if (fork) {
        const forked = await fork.document();
        expect(forked).toMatchObject({ status: 'completed', root: { forkOf: { agentId } } });
      }
    });
  });
});

describe('two verbs at once', () => {
  const pairs = verbs.flatMap((one, index) => verbs.slice(index).map((other) => [one, other] as const));

  it.concurrent.each(pairs)('%s and %s: the run ends as one of them wants', async (one, other) => {
    const { run, above, agentId } = await startBusy(1);
    await reached(run, agentId, 'call-started');
    const applied = await Promise.allSettled([one, other].map((verb) => apply(run.agent(agentId), verb)));
    const document = await endOf(run, above);
    const answers = [expect.stringContaining('it was cancelled'), 'answered'];
    expect(document.status).toBe('completed');
    expect(one === 'cancel' ? answers : ['answered']).toContainEqual(document.output?.answer);
    if (other === 'retry' && one !== 'cancel') expect(document.root.children).toHaveLength(2);
    for (const result of applied) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(UsageError);
      else expect((await result.value?.document())?.status ?? 'completed').toBe('completed');
    }
  });
});
