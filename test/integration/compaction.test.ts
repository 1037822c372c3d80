import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlSignals } from '../../src/agent/control.ts';
import { forkAgent } from '../../src/client/fork-agent.ts';
import { agentRecordName } from '../../src/results/run-document.ts';
import type { Conversation, Script } from '../../src/scripted/script.ts';
import { startDaytonaStandIn } from '../support/daytona/stand-in.ts';
import { daytonaSettings } from '../support/daytona-settings.ts';
import { killSandboxOf } from '../support/local-sandboxes.ts';
import { replay } from '../support/replay.ts';
import { reply, startWorld, type World, type WorldRun } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

/** Room for the opening of a conversation and some of the cells below. */
const contextWindow = 6_000;

/** A cell whose output is as long as 700 tokens, with something in it that no other prints. */
const telling = (iteration: number) => reply(`print("FACT-${iteration} " + "x" * 2_800)`);

/** A model that prints facts until an iteration, and then runs this cell. */
function facts(last: number, cell: string, given: Partial<Script> = {}): Omit<Script, 'name'> {
  return { agent: ({ iteration }) => (iteration < last ? telling(iteration) : reply(cell)), ...given };
}

const submitFound = `found = [n for n in range(1, 40) if f"FACT-{n} x" in history]
replies = [n for n in range(1, 40) if f"===== reply {n} =====" in history]
SUBMIT(f"{type(history).__name__} {found} {replies}")`;

async function run(script: Omit<Script, 'name'>, options: WorldRun = {}) {
  const started = await world.run('-> answer: str', script, { contextWindow, ...options });
  const document = await started.document();
  const model = document.model.replace('openai/', '');
  const requests = world.models.requests.filter((request) => request.model === model);
  return {
    runId: started.runId,
    document,
    requests,
    asked: (kind: string) => requests.filter((one) => one.kind === kind),
  };
}

/** What a run is whose answer an extraction made, at a limit. */
const madeAtLimit = { status: 'completed', finish: 'limit', output: { answer: 'made' } };

const upTo = (last: number) => `[${Array.from({ length: last }, (_, index) => index + 1).join(', ')}]`;

describe('a conversation that nears the context window', () => {
  it('is shortened as often as it must be, and its full text is in `history`', async () => {
    const summary = ({ iteration }: Conversation) => `SUMMARY before ${iteration}`;
    const { document, requests, asked, runId } = await run(facts(15, submitFound, { contextWindow, summary }));
    expect(document).toMatchObject({ status: 'completed', finish: 'submit' });
    expect(document.compactions).toBeGreaterThanOrEqual(2);
    expect(asked('summary')).toHaveLength(document.compactions);
    // The last summary tells of every reply but those since.
    const last = document.root.summaries?.at(-1)?.afterIteration ?? 0;
    expect(document.output?.answer).toBe(`str ${upTo(last - 1)} ${upTo(last)}`);
    // Nothing was refused, and no iteration was taken twice.
    expect(requests.every(({ outcome, promptTokens }) => outcome === 200 && promptTokens < contextWindow)).toBe(true);
    expect(asked('agent').map(({ iteration }) => iteration)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    expect(document.usage.modelCalls).toBe(requests.length);
    const tokens = requests.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
    expect(document.usage.promptTokens).toBe(tokens);
    await replay(world.client, [runId]);
  });

  it('has its whole transcript in the results, with the summaries', async () => {
    const { document, runId } = await run(
      facts(9, 'SUBMIT("x")', { summary: ({ iteration }) => `SUMMARY before ${iteration}` }),
    );
    expect(document.root.iterations.map(({ rawResponse }) => rawResponse)).toEqual([
      ...Array.from({ length: 8 }, (_, index) => telling(index + 1)),
      reply('SUBMIT("x")'),
    ]);
    const [first] = document.root.summaries ?? [];
    expect(first?.text).toBe(`SUMMARY before ${(first?.afterIteration ?? 0) + 1}`);
    expect(await readWhole(runId)).toEqual(
      expect.arrayContaining(['FACT-1', 'FACT-8'].map((fact) => expect.stringContaining(fact))),
    );
  });

  it('keeps system message and first message as they were, then summary, note and the newest turns', async () => {
    const seen: Conversation[] = [];
    const { document } = await run({
      agent: (conversation) => {
        seen.push(conversation);
        return conversation.iteration < 9 ? telling(conversation.iteration) : reply('SUBMIT("x")');
      },
      summary: () => '<think>hm</think>What I know so far.',
    });
    expect(document.compactions).toBeGreaterThan(0);
    const [before] = seen;
    const after = seen.find(({ messages }) => messages.some(({ content }) => content === 'What I know so far.'));
    expect(after?.messages.slice(0, 2)).toEqual(before?.messages);
    expect(after?.messages.map(({ role }) => role)).toEqual(
      after?.messages.map((_, index) => (index === 0 ? 'system' : index % 2 === 1 ? 'user' : 'assistant')),
    );
    expect(after?.messages[3]?.content).toContain('`history`');
    expect(after?.messages.at(-2)?.content).toBe(telling((after?.iteration ?? 0) - 1));
  });

  it('is told of in the events, with what the summary cost', async () => {
    const started = await world.run('-> answer: str', facts(9, 'SUBMIT("x")'), { contextWindow });
    const told: { iteration: number; tokens: number }[] = [];
    for await (const event of started.events()) {
      if (event.type === 'transcript-compacted')
        told.push({ iteration: event.iteration, tokens: event.usage.promptTokens });
    }
    const { root } = await started.document();
    expect(told.map(({ iteration }) => iteration)).toEqual(root.summaries?.map(({ afterIteration }) => afterIteration));
    expect(told.every(({ tokens }) => tokens > 1_000)).toBe(true);
  });

  it('of a sub-agent is shortened as that of a root', async () => {
    const { document } = await run({
      agent: ({ depth, iteration }) => {
        if (depth === 0) return reply('SUBMIT(rlm_query("go"))');
        return iteration < 9 ? telling(iteration) : reply('SUBMIT(str("FACT-2" in history))');
      },
    });
    expect(document.output).toEqual({ answer: 'True' });
    expect(document.root.compactions).toBe(0);
    expect(document.root.children[0]?.compactions).toBeGreaterThan(0);
    expect(document.compactions).toBe(document.root.children[0]?.compactions);
  });

  it('is left alone where the window is large enough', async () => {
    const { document, asked } = await run(facts(9, `SUBMIT(str("history" in globals()))`), { contextWindow: 50_000 });
    expect(document).toMatchObject({ compactions: 0, output: { answer: 'False' } });
    expect(document.root.summaries).toBeUndefined();
    expect(asked('summary')).toEqual([]);
  });
});

/** Everything that was said in a run's conversation, followed from its last iteration through every compaction. */
async function readWhole(runId: string): Promise<string[]> {
  const record = await world.store.readRecord(agentRecordName(runId));
  expect(record).not.toBeNull();
  const { transcript } = JSON.parse(Buffer.from(record ?? []).toString('utf8'));
  const said: string[] = [];
  for (let at = transcript; at; ) {
    const entry = JSON.parse(Buffer.from(await world.store.get(at)).toString('utf8'));
    said.push(...entry.messages.map(({ content }: { content: string }) => content));
    at = entry.compacted ?? entry.previous;
  }
  return said;
}

describe('`history`', () => {
  it('is put back when a cell overwrote it, and after the Python process died', async () => {
    const { document } = await run({
      agent: ({ iteration }) => {
        if (iteration < 9) return telling(iteration);
        const cells = [
          'history = 1',
          'print(len(history))',
          'import os\nos._exit(1)',
          'SUBMIT(str("FACT-2" in history))',
        ];
        return reply(cells[iteration - 9] ?? '');
      },
    });
    expect(document.output).toEqual({ answer: 'True' });
    expect(document.root.iterations[9]?.error).toBeNull();
  });

  it('leaves a variable that the model had under its name beside it', async () => {
    const { document } = await run({
      agent: ({ iteration }) => {
        if (iteration === 1) return reply('history = ["mine"]\nprint("x" * 2_800)');
        return iteration < 9 ? telling(iteration) : reply('SUBMIT(str(history_before) + str("FACT-2" in history))');
      },
    });
    expect(document.output).toEqual({ answer: "['mine']True" });
  });

  it('has another name where an input is called so', async () => {
    const started = await world.run(
      'history: str -> answer: str',
      facts(9, 'SUBMIT(history + str("FACT-2" in agent_history))'),
      {
        contextWindow,
        inputs: { history: 'mine' },
      },
    );
    expect((await started.document()).output).toEqual({ answer: 'mineTrue' });
  });

  it('is that of its time again for each cell that is run again in a sandbox that was built anew', async () => {
    const runId = `compacted-and-lost-${Date.now()}`;
    const { document } = await run(
      {
        agent: ({ iteration, messages }) => {
          if (iteration === 20) killSandboxOf(world.dataDirectory, runId);
          if (iteration === 20)
            return reply('SUBMIT(f"{seen} {[n for n in range(1, 40) if f\'FACT-{n} x\' in history]}")');
          const isCompacted = messages.length > 3 && messages[3]?.content.includes('`history`');
          if (iteration === 1) return reply('seen = []\nprint("FACT-1 " + "x" * 2_800)');
          return isCompacted
            ? reply(`seen.append(len(history))\nprint("FACT-${iteration} " + "x" * 2_800, seen)`)
            : telling(iteration);
        },
      },
      { runId },
    );
    expect(document).toMatchObject({ status: 'completed', recoveries: 1 });
    expect(document.compactions).toBeGreaterThanOrEqual(2);
    // No cell went another way, although each printed how long the text was.
    expect(document.root.remarks).toEqual([expect.stringMatching(/^sandbox 1 was built in place of a lost one/)]);
    expect(document.root.iterations[18]?.stdout).toContain(String(document.output?.answer).split(' [')[0]);
    expect(document.output?.answer).toContain('FACT'.slice(4));
  });
});

it('a conversation is shortened with sandboxes at Daytona as with local ones, also when one is lost', async () => {
  await using service = await startDaytonaStandIn();
  const { apiKey, apiUrl } = service;
  await using atDaytona = await startWorld({
    settings: { sandbox: 'daytona', daytona: daytonaSettings({ apiKey, apiUrl }) },
  });
  const started = await atDaytona.run(
    '-> answer: str',
    {
      agent: async ({ iteration }) => {
        if (iteration < 9) return telling(iteration);
        if (iteration === 9) for (const { id } of service.sandboxes()) await service.remove(id);
        return reply('SUBMIT(str([n for n in range(1, 5) if f"FACT-{n} x" in history]))');
      },
    },
    { contextWindow },
  );
  const document = await started.document();
  expect(document).toMatchObject({ status: 'completed', recoveries: 1, output: { answer: '[1, 2, 3, 4]' } });
  expect(document.compactions).toBeGreaterThan(0);
});

describe('a fork of an agent whose conversation was shortened', () => {
  const source = async () => {
    const { document } = await run(facts(14, 'SUBMIT("x")'));
    const [first, second] = document.root.summaries?.map(({ afterIteration }) => afterIteration) ?? [];
    if (first === undefined || second === undefined) throw new Error('it was not shortened twice');
    return { runId: document.runId, first, second };
  };
  const fork = async (runId: string, after: number) => {
    const seen: Conversation[] = [];
    const model = world.script({
      agent: (conversation) => {
        seen.push(conversation);
        return reply(
          'has = "history" in globals()\nSUBMIT(str(has and [n for n in range(1, 40) if f"FACT-{n} x" in history]))',
        );
      },
    });
    const forked = await forkAgent(world.client, runId, { settings: world.settings, model, after });
    const document = await forked.document();
    await replay(world.client, [forked.runId]);
    return { answer: document.output?.answer, iterations: seen.map(({ iteration }) => iteration) };
  };
  const told = (last: number) => `[${Array.from({ length: last - 1 }, (_, index) => index + 1).join(', ')}]`;

  it('has the summary and the text of that time', async () => {
    const { runId, first, second } = await source();
    expect(await fork(runId, second + 1)).toEqual({ answer: told(second), iterations: [second + 2] });
    expect(await fork(runId, second)).toEqual({ answer: told(first), iterations: [second + 1] });
    expect(await fork(runId, first)).toEqual({ answer: 'False', iterations: [first + 1] });
  });
});

describe('at maxCompactions', () => {
  it('the agent answers from what it has, and the reason is named', async () => {
    const { document, asked } = await run(facts(40, 'SUBMIT("x")', { extraction: () => '{"answer": "made"}' }), {
      limits: { maxCompactions: 1 },
    });
    expect(document).toMatchObject({ ...madeAtLimit, compactions: 1 });
    expect(asked('extraction')[0]?.lastMessage).toContain('maxCompactions: the conversation was compacted 1 times');
  });

  it('of none, nothing is summed up', async () => {
    const { document, asked } = await run(facts(40, 'SUBMIT("x")'), { limits: { maxCompactions: 0 } });
    expect(document).toMatchObject({ finish: 'limit', compactions: 0 });
    expect(asked('summary')).toEqual([]);
  });
});

it('a summary spends from the budget, and nothing is asked after it where that is used up', async () => {
  const { document: whole, requests } = await run(facts(9, 'SUBMIT("x")'));
  expect(whole.compactions).toBeGreaterThan(0);
  const index = requests.findIndex(({ kind }) => kind === 'summary');
  const before = requests.slice(0, index + 1).reduce((sum, { promptTokens }) => sum + promptTokens, 0);
  const { document, asked } = await run(facts(9, 'SUBMIT("x")'), { limits: { maxTokens: before } });
  expect(document).toMatchObject({ finish: 'limit', compactions: 1 });
  expect(asked('agent')).toHaveLength(index);
});

describe('a provider that finds the conversation too long', () => {
  it('is asked once more with a shorter one', async () => {
    // The worker takes the window for larger than it is.
    const { document, requests, runId } = await run(facts(12, submitFound, { contextWindow: 5_000 }), {
      contextWindow: 100_000,
    });
    expect(document).toMatchObject({ status: 'completed', finish: 'submit' });
    expect(document.compactions).toBeGreaterThanOrEqual(1);
    const refused = requests.filter(({ outcome }) => outcome === 400);
    expect(refused.length).toBeGreaterThan(0);
    expect(document.root.iterations).toHaveLength(12);
    expect(document.root.remarks).toEqual([expect.stringContaining('model.context_windows')]);
    expect(document.usage.modelCalls).toBe(requests.length - refused.length);
    await replay(world.client, [runId]);
  });

  it('gets what a user told the agent meanwhile with the request that it takes', async () => {
    const runId = `told-and-refused-${Date.now()}`;
    let refused = false;
    const { document, asked } = await run(
      {
        agent: ({ iteration, messages }) => {
          if (iteration < 3) return telling(iteration);
          if (iteration === 3) return reply('llm_query("wait")');
          if (!refused) {
            refused = true;
            return { content: '', fail: { kind: 'context-length', times: 1 } };
          }
          return reply(`SUBMIT("${messages.filter(({ content }) => content.includes('look at page 7')).length}")`);
        },
        query: async () => {
          await world.client.workflow.getHandle(runId).signal(controlSignals.tell, { text: 'look at page 7' });
          return 'ok';
        },
      },
      { runId, contextWindow: 100_000 },
    );
    expect(document).toMatchObject({ status: 'completed', compactions: 1, output: { answer: '1' } });
    expect(asked('agent').map(({ outcome }) => outcome)).toEqual([200, 200, 200, 400, 200]);
  });

  it('a second time ends the agent at a limit, with what to do', async () => {
    let isFull = false;
    const { document, asked } = await run(
      {
        agent: ({ iteration }) => {
          isFull ||= iteration === 4;
          if (isFull) return { content: '', fail: { kind: 'context-length' } };
          return telling(iteration);
        },
        extraction: () => '{"answer": "made"}',
      },
      { contextWindow: 100_000 },
    );
    expect(document).toMatchObject({ ...madeAtLimit, compactions: 1 });
    expect(asked('extraction')[0]?.lastMessage).toContain('set its window under model.context_windows');
    expect(asked('agent').filter(({ outcome }) => outcome === 400)).toHaveLength(2);
  });

  it('with the very first message fails the run, with what to do', async () => {
    const { document } = await run(facts(3, 'SUBMIT("x")', { contextWindow: 100 }));
    expect(document).toMatchObject({ status: 'failed', error: { type: 'ModelContextLength' } });
    expect(document.error?.message).toContain('the first message alone is too long');
  });

  it('is sent a cut conversation where an answer must be made', async () => {
    const script: Omit<Script, 'name'> = {
      // The last reply makes the conversation longer than the model takes.
      agent: ({ iteration }) => (iteration < 4 ? telling(iteration) : `${'thought '.repeat(300)}${telling(4)}`),
      extraction: () => '{"answer": "made"}',
    };
    const limits = { maxIterations: 4 };
    const { asked: before } = await run(script, { limits, contextWindow: 100_000 });
    const fits = (before('agent').at(-1)?.promptTokens ?? 0) + 50;
    const { document, asked } = await run({ ...script, contextWindow: fits }, { limits, contextWindow: 100_000 });
    expect(document).toMatchObject({ ...madeAtLimit, compactions: 0 });
    expect(asked('extraction').map(({ outcome }) => outcome)).toEqual([400, 200]);
  });
});
