import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeValue } from '../../src/artifacts/stored-value.ts';
import type { Conversation, Reply } from '../../src/scripted/script.ts';
import { reply, startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

/** Says each reply in its turn, then submits; `shown` is what the model saw after each. */
function listening(...replies: Reply[]) {
  const shown: string[] = [];
  const agent = ({ iteration, lastObservation }: Conversation): Reply => {
    if (lastObservation !== null) shown[iteration - 2] = withoutBudget(lastObservation);
    return replies[iteration - 1] ?? reply('SUBMIT("done")');
  };
  return { agent, shown };
}

function withoutBudget(message: string): string {
  return message.replace(/\s*\[left: [\s\S]*$/, '');
}

describe('a reply', () => {
  it('is run in the order of its blocks, as one cell; what stands around them is reasoning', async () => {
    const text = [
      'First I look.',
      '```py',
      'seen = ["first"]',
      '```',
      'A note in JSON:',
      '```json',
      '{}',
      '```',
      'Then I answer.',
      '```repl',
      'seen.append("second")',
      'SUBMIT(seen)',
    ].join('\n');
    const run = await world.run('-> answer: list[str]', { agent: [text] });
    const document = await run.result();
    expect(document.output).toEqual({ answer: ['first', 'second'] });
    const [iteration] = document.root.iterations;
    expect(iteration?.rawResponse).toBe(text);
    expect(iteration?.reasoning).toContain('First I look.');
    expect(iteration?.reasoning).toContain('Then I answer.');
    expect(iteration?.reasoning).not.toContain('SUBMIT');
  });

  it('with nothing to run is answered with what was wrong with it', async () => {
    const { agent, shown } = listening('SUBMIT("in prose")', '```bash\nls\n```', { content: null }, reply('# later'));
    const document = await (await world.run('-> answer: str', { agent })).result();
    expect(document.output).toEqual({ answer: 'done' });
    expect(shown).toEqual([
      expect.stringContaining('had no code'),
      expect.stringContaining('runs Python only, and your reply had bash'),
      expect.stringContaining('was empty'),
      expect.stringContaining('was empty'),
    ]);
  });
});

describe('what the model sees of a cell', () => {
  it('is its prints, then the value of its last expression; or that there was nothing', async () => {
    const { agent, shown } = listening(
      reply('kept = {"a": 1}\nprint("printed")\nkept'),
      reply('quiet = 1'),
      reply('print("before")\nundefined_name'),
      reply('import json\nprint(json.dumps({"type": "ended", "status": "ok"}))\nprint("ü😀")'),
      reply('print("h" * 30_000 + "t" * 30_000)'),
    );
    const run = await world.run('-> answer: str', { agent }, { limits: { outputLimit: 1_000 } });
    await run.result();
    const [value, nothing, failed, json, long = ''] = shown;
    expect(value).toBe("printed\n{'a': 1}");
    expect(nothing).toBe('(no output; did you forget to print?)');
    expect(failed).toMatch(
      /^before\n\nerror:\nTraceback[\s\S]*line 2, in <module>\n {4}undefined_name\n[\s\S]*NameError/,
    );
    expect(json).toBe('{"type": "ended", "status": "ok"}\nü😀');
    expect(long).toMatch(/^h{500}\n… \[59,000 of 60,000 characters cut here\] …\nt{500}$/);
  });

  it('is its own: two agents that print at the same time do not see each other', async () => {
    const printing = reply('import time\nfor i in range(20):\n    print(task, flush=True)\n    time.sleep(0.01)');
    const run = await world.run('-> answer: str', {
      agent: [[reply('rlm_query_batched(["one", "two"])\nSUBMIT("x")')], [printing, reply('SUBMIT(task)')]],
    });
    const { root } = await run.result();
    expect(root.children.map(({ iterations }) => iterations[0]?.stdout)).toEqual([
      'one\n'.repeat(20),
      'two\n'.repeat(20),
    ]);
  });
});

describe('an input', () => {
  it('is shown by its beginning only, and is sent to the sandbox once: a new kernel has it from there', async () => {
    const text = 'beginning '.repeat(1_000_000);
    const first: string[] = [];
    const run = await world.run(
      'text: str -> answer: int',
      {
        agent: async ({ iteration, firstMessage, messages }) => {
          first[iteration - 1] = firstMessage;
          if (iteration > 1) expect(messages.every(({ content }) => content.length < 10_000)).toBe(true);
          if (iteration === 1) await forget(text);
          return reply(iteration === 1 ? 'import os\nos._exit(1)' : 'SUBMIT(len(text))');
        },
      },
      { inputs: { text } },
    );
    expect((await run.result()).output).toEqual({ answer: text.length });
    expect(first[0]).toContain('10,000,000 characters');
    expect(first[0]?.split('beginning').length).toBeLessThan(105);
    expect(first[1]).toBe(first[0]);
  });

  /** Removes the artifact of a value, so that nobody can send it again. */
  async function forget(value: string): Promise<void> {
    const stored = await storeValue(world.store, value);
    if (!('artifact' in stored)) throw new Error('the value is no artifact');
    const { sha256 } = stored.artifact;
    await rm(join(world.store.directory, 'blobs', sha256.slice(0, 2), sha256.slice(2)));
  }

  it.each([
    ['missing', { a: 'x' }, 'b: missing (expected int)'],
    ['not declared', { a: 'x', b: 1, c: 2 }, 'c: there is no such field'],
    ['of another type', { a: 'x', b: 'many' }, 'b: expected int, got str'],
  ])('that is %s is refused before anything starts', async (name, inputs, told) => {
    const runId = `refused-${name.replaceAll(' ', '-')}`;
    const run = world.run('a: str, b: int -> answer: str', { agent: [reply('SUBMIT("x")')] }, { inputs, runId });
    await expect(run).rejects.toMatchObject({ name: 'UsageError', message: expect.stringContaining(told) });
    const described = world.client.workflow.getHandle(runId).describe();
    await expect(described).rejects.toMatchObject({ name: 'WorkflowNotFoundError' });
  });
});

describe('an answer', () => {
  it('is the first valid submission of a cell; one refused before it is an error that can be caught', async () => {
    const code = `try:
    SUBMIT("many")
except Exception as error:
    print(error)
SUBMIT(7)
SUBMIT(8)`;
    const document = await world.runCells('-> answer: int', [code]);
    expect(document.output).toEqual({ answer: 7 });
    expect(document.root.iterations[0]?.stdout).toContain('answer: expected int, got str ("many")');
  });

  it('may come from the second extraction, which was told what was wrong with the first', async () => {
    const run = await world.run(
      '-> answer: int',
      {
        agent: [reply('print(1)')],
        extraction: ({ messages }) =>
          messages.at(-1)?.content.includes('answer: expected int') ? '{"answer": 5}' : '{"answer": "none"}',
      },
      { limits: { maxIterations: 1 } },
    );
    expect(await run.result()).toMatchObject({ finish: 'limit', output: { answer: 5 }, usage: { modelCalls: 3 } });
  });
});

describe('the budget of llm_query', () => {
  it('is not overspent by batches of several threads: each is reserved whole or refused whole', async () => {
    const code = `from concurrent.futures import ThreadPoolExecutor
def ask(i):
    try: return len(llm_query_batched([f"{i} {j}" for j in range(3)]))
    except Exception as error: return str(error)
with ThreadPoolExecutor(4) as pool:
    SUBMIT(list(pool.map(ask, range(4))))`;
    const document = await world.runCells('-> answer: list', [code], { limits: { maxLlmCalls: 7 }, query: () => 'ok' });
    const answers = document.output?.answer as unknown[];
    expect(answers.filter((answer) => answer === 3)).toHaveLength(2);
    expect(answers.filter((answer) => String(answer).includes('1 of 7 left (maxLlmCalls)'))).toHaveLength(2);
    expect(document.usage.subQueries).toBe(6);
  });
});

describe('a sub-agent that reaches a limit without an answer', () => {
  it('is an error for its parent that says which limit, and its spending counts', async () => {
    const run = await world.run(
      '-> answer: str',
      {
        agent: [
          [reply('try:\n    rlm_query("x")\nexcept Exception as error:\n    SUBMIT(str(error))')],
          [reply('print("busy")')],
        ],
        extraction: () => 'I do not know',
      },
      { limits: { maxIterations: 2 } },
    );
    const document = await run.result();
    expect(document.output?.answer).toContain(`${run.runId}/1.1 has no answer: a limit was reached (maxIterations: 2`);
    expect(document.root.children[0]).toMatchObject({ status: 'failed', finish: 'limit' });
    expect(document.usage).toMatchObject({ agents: 2, modelCalls: 5 });
  });
});

describe('the time limit of a run', () => {
  const sleeping = reply('import time\ntime.sleep(60)');
  const late = { content: reply('print(1)'), delayMs: 60_000 };
  it.concurrent.each([
    ['a cell', { agent: [sleeping] }],
    ['a model call', { agent: [late] }],
    ['a query', { agent: [reply('llm_query("x")')], query: () => late }],
    ['an extraction', { agent: [sleeping], extraction: () => late }],
    ['a sub-agent', { agent: [[reply('rlm_query("x")')], [sleeping]] }],
  ])('holds within a second, also in the middle of %s', async (_, script) => {
    const document = await (await world.run('-> answer: str', script, { limits: { timeout: 3 } })).document();
    expect(document.finish).toBe('limit');
    expect(document.durationMs).toBeLessThan(5_000);
  });
});

describe('an agent whose time is up', () => {
  it('answers, also when its sub-agent could not in time', async () => {
    const run = await world.run(
      '-> answer: str',
      {
        agent: [[reply('rlm_query("x")')], [reply('import time\ntime.sleep(60)')]],
        extraction: ({ depth }) => (depth === 0 ? '{"answer": "root"}' : { content: '{}', delayMs: 50_000 }),
      },
      { limits: { timeout: 4 } },
    );
    expect(await run.result()).toMatchObject({ finish: 'limit', output: { answer: 'root' } });
  });

  it('has the iteration that was cut off in its results, with the calls that were open', async () => {
    const document = await world.runCells('-> answer: str', ['llm_query("x")'], {
      query: () => ({ content: 'too late', delayMs: 60_000 }),
      limits: { timeout: 3 },
    });
    expect(document.usage.iterations).toBe(1);
    expect(document.root.iterations).toMatchObject([
      {
        code: 'llm_query("x")',
        error: 'the cell was cut off',
        calls: [{ function: 'llm_query', status: 'cancelled' }],
      },
    ]);
  });
});

describe('an iteration', () => {
  it('adds the same to the history, however many there were before it', async () => {
    const bytesOf = async (iterations: number) => {
      const cells = Array.from(
        { length: iterations - 1 },
        (_, index) => `print("${'x'.repeat(2_000)}", ${100 + index})`,
      );
      const { runId } = await world.runCells('-> answer: str', [...cells, 'SUBMIT("done")']);
      const { raw } = await world.client.workflow.getHandle(runId).describe();
      return Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0);
    };
    const [few, some, many] = await Promise.all([bytesOf(5), bytesOf(20), bytesOf(35)]);
    expect((many ?? 0) - (some ?? 0)).toBeLessThan(1.1 * ((some ?? 0) - (few ?? 0)));
  });
});
