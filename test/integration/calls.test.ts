import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startRun } from '../../src/client.ts';
import { defineAgent } from '../../src/define-agent.ts';
import { tool } from '../../src/tool.ts';
import { reply, startWorld, type World } from '../support/world.ts';

const seen: unknown[] = [];
const librarian = defineAgent({
  name: 'librarian',
  signature: '-> answer: list[str]',
  tools: {
    echo: tool({
      description: 'Returns what it gets.',
      parameters: z.object({ value: z.unknown() }),
      execute: ({ value }) => {
        seen.push(value);
        return value;
      },
    }),
    fails: tool({
      description: 'Always fails.',
      parameters: z.object({}),
      execute: () => {
        throw new Error('the shelf is empty');
      },
    }),
    add: tool({
      description: 'Adds.',
      parameters: z.object({ a: z.number(), b: z.number().default(1) }),
      execute: ({ a, b }) => a + b,
    }),
    slow: tool({
      description: 'Takes long.',
      parameters: z.object({}),
      timeout: 0.2,
      execute: () => new Promise(() => {}),
    }),
  },
});

/** No JSON Schema says what its refinement asks for. */
const palindromes = defineAgent({
  name: 'palindromes',
  inputs: z.object({}),
  outputs: z.object({
    word: z.string().refine((word) => word === [...word].reverse().join(''), 'must read the same backwards'),
  }),
});

let world: World;
beforeAll(async () => {
  world = await startWorld({ agents: [librarian, palindromes] });
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

const upper = (prompt: string) => prompt.toUpperCase();

describe('llm_query', () => {
  it('returns the answer of the model', async () => {
    const document = await world.runCells('-> answer: str', ['SUBMIT(llm_query("abc"))'], { query: upper });
    expect(document.output).toEqual({ answer: 'ABC' });
    expect(document.usage).toMatchObject({ subQueries: 1, modelCalls: 1 });
    expect(document.root.iterations[0]?.calls).toMatchObject([{ function: 'llm_query', status: 'ok', count: 1 }]);
  });

  it('raises in the cell when it fails, with the provider’s words', async () => {
    const document = await world.runCells(
      '-> answer: str',
      ['try:\n    llm_query("x")\nexcept Exception as error:\n    SUBMIT(str(error))'],
      { query: () => ({ content: '', fail: { kind: 'rejected' } }) },
    );
    expect(String(document.output?.answer)).toContain('400');
  });

  it('is retried when the provider is overloaded, and paid for once', async () => {
    const document = await world.runCells('-> answer: str', ['SUBMIT(llm_query("once"))'], {
      query: () => ({ content: 'there', fail: { kind: 'overloaded', times: 2, retryAfter: 0 } }),
    });
    expect(document.output).toEqual({ answer: 'there' });
  });

  it('may be called from several threads at once', async () => {
    const code = `from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool:
    SUBMIT(list(pool.map(llm_query, [f"t{i}" for i in range(8)])))`;
    const document = await world.runCells('-> answer: list[str]', [code], { query: upper });
    expect(document.output).toEqual({ answer: Array.from({ length: 8 }, (_, index) => `T${index}`) });
  });

  it('may be awaited, also at the top level of a cell', async () => {
    const code = `import asyncio
first = await llm_query_async("a")
others = await asyncio.gather(llm_query_async("b"), llm_query_async("c"))
SUBMIT([first, *others])`;
    const document = await world.runCells('-> answer: list[str]', [code], { query: upper });
    expect(document.output).toEqual({ answer: ['A', 'B', 'C'] });
  });

  it('does not count the time it waits against the cell', async () => {
    const document = await world.runCells('-> answer: str', ['SUBMIT(llm_query("slow"))'], {
      query: () => ({ content: 'late', delayMs: 1_000 }),
      limits: { cellTimeout: 0.4 },
    });
    expect(document.output).toEqual({ answer: 'late' });
  });
});

describe('queries that quickly follow one another', () => {
  const loop = (count: number) => `answers = [llm_query(str(i)) for i in range(${count})]\nSUBMIT(",".join(answers))`;

  it('take one activity together, and are counted and recorded each', async () => {
    const { output, usage, root, runId } = await world.runCells('-> answer: str', [loop(20)], {
      query: (text) => text,
    });
    expect(output?.answer).toBe(Array.from({ length: 20 }, (_, index) => index).join(','));
    expect(usage.subQueries).toBe(20);
    const calls = root.iterations[0]?.calls ?? [];
    expect(calls.map(({ function: name, status }) => [name, status])).toEqual(Array(20).fill(['llm_query', 'ok']));
    const { events } = await world.client.workflow.getHandle(runId).fetchHistory();
    const names = (events ?? []).map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name);
    expect(names.filter((name) => name === 'answerQueries').length).toBeLessThan(10);
  });

  it('are refused one by one when maxLlmCalls is reached', async () => {
    const cell =
      'done = 0\ntry:\n    while True:\n        llm_query(str(done))\n        done += 1\nexcept Exception as e:\n    SUBMIT(f"{done}: {e}")';
    const document = await world.runCells('-> answer: str', [cell], { query: () => 'x', limits: { maxLlmCalls: 7 } });
    expect(document.output?.answer).toMatch(/^7: .*0 of 7 left \(maxLlmCalls\)/);
    expect(document.usage.subQueries).toBe(7);
  });

  it('start no more once maxTokens is reached', async () => {
    const cell = `done = 0\ntry:\n    while True:\n        llm_query("x" * 4_000)\n        done += 1\nexcept Exception as e:\n    print(done, e)`;
    const document = await world.runCells('-> answer: str', [cell, 'SUBMIT("x")'], {
      query: () => 'x',
      limits: { maxTokens: 10_000 },
    });
    const { promptTokens, completionTokens } = document.usage;
    expect(document.root.iterations[0]?.stdout).toMatch(/^\d+ .*maxTokens/);
    expect(promptTokens + completionTokens).toBeLessThan(15_000);
  });

  it('are told as events, each as one', async () => {
    const run = await world.run('-> answer: str', { agent: [reply(loop(9))], query: (text) => text });
    const ended: number[] = [];
    for await (const event of run.events()) if (event.type === 'call-ended') ended.push(event.count);
    expect(ended).toEqual(Array(9).fill(1));
  });
});

describe('llm_query_batched', () => {
  it('keeps the order, and puts an error into the slot of what failed', async () => {
    const document = await world.runCells(
      '-> answer: list[str]',
      ['SUBMIT(llm_query_batched([f"p{i}" for i in range(150)]))'],
      { query: (prompt) => (prompt === 'p7' ? { content: '', fail: { kind: 'rejected' } } : prompt.toUpperCase()) },
    );
    const answers = document.output?.answer as string[];
    expect(answers[7]).toMatch(/^Error: /);
    expect(answers.toSpliced(7, 1)).toEqual(Array.from({ length: 150 }, (_, index) => `P${index}`).toSpliced(7, 1));
    expect(document.root.iterations[0]?.calls).toMatchObject([{ count: 150, failed: 1, status: 'ok' }]);
  });

  it('answers an empty batch with an empty list, without a call', async () => {
    const document = await world.runCells('-> answer: list[str]', ['SUBMIT(llm_query_batched([]))']);
    expect(document.output).toEqual({ answer: [] });
    expect(document.usage.subQueries).toBe(0);
  });

  it('is refused whole when it does not fit maxLlmCalls, says what is left, and costs nothing', async () => {
    const document = await world.runCells(
      '-> answer: str',
      [
        'try:\n    llm_query_batched(["a"] * 6)\nexcept Exception as error:\n    print(error)',
        'SUBMIT(" ".join(llm_query_batched(["a"] * 5)))',
      ],
      { query: upper, limits: { maxLlmCalls: 5 } },
    );
    expect(document.root.iterations[0]?.stdout).toContain('5 of 5 left');
    expect(document.output).toEqual({ answer: 'A A A A A' });
  });

  it('raises at once for arguments that are no prompts', async () => {
    const document = await world.runCells('-> answer: str', ['llm_query_batched([1, 2])', 'SUBMIT("ok")']);
    expect(document.root.iterations[0]?.error).toContain('TypeError');
  });
});

describe('a tool', () => {
  async function runLibrarian(...cells: string[]) {
    const script = world.script({ agent: cells.map(reply) });
    const run = await startRun(world.client, librarian, { inputs: {}, settings: world.settings, model: script });
    return run.document();
  }

  it('gets and returns values unchanged: nested, None, unicode, a megabyte', async () => {
    const code = `values = [None, True, 1.5, "ü😀", {"a": [1, {"b": None}]}, "x" * 1_000_000]
SUBMIT([str(echo(v) == v) for v in values])`;
    const document = await runLibrarian(code);
    expect(document.output).toEqual({ answer: Array.from({ length: 6 }, () => 'True') });
    expect(seen).toContainEqual({ a: [1, { b: null }] });
  });

  it('takes positional and keyword arguments and defaults, and refuses others by name', async () => {
    const document = await runLibrarian(
      'print(add(1), add(1, 2), add(a=3, b=4))\nadd(1, c=2)',
      'add("one")',
      'SUBMIT(["ok"])',
    );
    expect(document.root.iterations[0]?.stdout).toBe('2 3 7\n');
    expect(document.root.iterations[0]?.error).toContain('c');
    expect(document.root.iterations[1]?.error).toContain('a');
  });

  it('raises in the cell with its message when it fails, or takes too long', async () => {
    const code = `told = []
for f in (fails, slow):
    try:
        f()
    except Exception as error:
        told.append(str(error))
SUBMIT(told)`;
    const document = await runLibrarian(code);
    expect(document.output?.answer).toEqual([
      expect.stringContaining('the shelf is empty'),
      expect.stringContaining('slow took longer than 0.2 s'),
    ]);
  });
});

describe('an output that a refinement of the schema refuses', () => {
  const start = (agent: string[], extraction?: () => string) =>
    startRun(world.client, palindromes, {
      inputs: {},
      settings: world.settings,
      limits: { maxIterations: 2 },
      model: world.script({ agent: agent.map(reply), ...(extraction ? { extraction } : {}) }),
    });

  it('is a turn when it is submitted, with the words of the refinement', async () => {
    const run = await start(['SUBMIT("abc")', 'SUBMIT("aba")']);
    const { output, root } = await run.result();
    expect(output).toEqual({ word: 'aba' });
    expect(root.iterations[0]?.error).toContain('word: must read the same backwards');
  });

  it('is asked for once more when it was extracted', async () => {
    const answers = ['{"word": "abc"}', '{"word": "aa"}'];
    const run = await start(['print(1)'], () => answers.shift() ?? '');
    expect((await run.result()).output).toEqual({ word: 'aa' });
  });
});
