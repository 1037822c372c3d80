import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentWorkflowType } from '../../src/agent/names.ts';
import { reply, startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

describe('an agent', () => {
  it('works on typed inputs and submits typed outputs', async () => {
    const document = await world.runCells(
      'numbers: list[int], factor: float -> total: float, names: list[str]',
      ['total = sum(numbers) * factor\nprint(total)', 'SUBMIT(total, names=["a", "b"])'],
      { inputs: { numbers: [1, 2, 3], factor: 0.5 } },
    );
    expect(document).toMatchObject({ status: 'completed', finish: 'submit', output: { total: 3, names: ['a', 'b'] } });
    expect(document.root.iterations.map(({ stdout }) => stdout)).toEqual(['3.0\n', '']);
    expect(document.usage).toMatchObject({ modelCalls: 2, iterations: 2, agents: 1, sandboxes: 1, maxDepth: 0 });
  });

  it('keeps variables, imports and functions from cell to cell, also those set before an exception', async () => {
    const document = await world.runCells('-> answer: str', [
      'import json\ndef twice(x):\n    return 2 * x\nkept = 21\n1 / 0',
      'SUBMIT(json.dumps(twice(kept)))',
    ]);
    expect(document.output).toEqual({ answer: '42' });
    expect(document.root.iterations[0]?.error).toContain('ZeroDivisionError');
  });

  it('sends an invalid submission back as a turn that names the field', async () => {
    const document = await world.runCells('-> count: int, name: str', [
      'SUBMIT(count="many", name="x")',
      'SUBMIT(1)',
      'SUBMIT(count="7", name="x")',
    ]);
    expect(document.output).toEqual({ count: 7, name: 'x' });
    expect(document.root.iterations[0]?.error).toContain('count');
    expect(document.root.iterations[1]?.error).toContain('name');
  });

  it.each([
    ['an empty string', '-> answer: str', 'SUBMIT("")', { answer: '' }],
    ['zero', '-> answer: int', 'SUBMIT(0)', { answer: 0 }],
    ['False', '-> answer: bool', 'SUBMIT(False)', { answer: false }],
    ['an empty list', '-> answer: list[str]', 'SUBMIT([])', { answer: [] }],
    ['FINAL', '-> answer: str', 'FINAL("x")', { answer: 'x' }],
    ['FINAL_VAR', '-> answer: str', 'text = "y"\nFINAL_VAR("text")', { answer: 'y' }],
  ])('accepts %s as an answer', async (_, signature, code, output) => {
    expect((await world.runCells(signature, [code])).output).toEqual(output);
  });

  it('reminds of the format and goes on, and names three replies without code in the results', async () => {
    const handle = await world.run('-> answer: str', {
      agent: ['Let me think.', '```json\n{}\n```', { content: null }, reply('SUBMIT("done")')],
    });
    const document = await handle.result();
    expect(document.output).toEqual({ answer: 'done' });
    expect(document.root.iterations.map(({ code }) => code)).toEqual([null, null, null, 'SUBMIT("done")']);
    expect(document.root.remarks).toEqual(['3 replies in a row held no code to run, up to iteration 3']);
  });

  it.each([
    ['a syntax error', 'print("oh', 'SyntaxError'],
    ['sys.exit()', 'import sys\nsys.exit(3)', 'SystemExit'],
    ['deep recursion', 'def f(n):\n    return f(n + 1)\nf(0)', 'RecursionError'],
    ['input()', 'input("?")', 'input'],
    ['an unserialisable submission', 'SUBMIT({1, 2})', 'set'],
  ])('goes on after %s, with its state', async (_, code, told) => {
    const document = await world.runCells('-> answer: str', ['kept = "kept"', code, 'SUBMIT(kept)']);
    expect(document.output).toEqual({ answer: 'kept' });
    expect(document.root.iterations[1]?.error).toContain(told);
  });

  it('goes on in a new kernel after os._exit, with what earlier cells set, and nothing of the one that ended it', async () => {
    const document = await world.runCells(
      'start: str -> answer: str',
      [
        'kept = llm_query("asked before the exit")',
        'gone = 1\nimport os\nos._exit(1)',
        'SUBMIT(start + kept + str("gone" in globals()))',
      ],
      { inputs: { start: 'a ' }, query: () => 'answered ' },
    );
    expect(document).toMatchObject({ output: { answer: 'a answered False' }, recoveries: 1, usage: { subQueries: 1 } });
    const { requests } = world.models;
    expect(requests.filter(({ lastMessage }) => lastMessage === 'asked before the exit')).toHaveLength(1);
    expect(requests.filter(({ lastMessage }) => lastMessage.includes('so what they set is back'))).toHaveLength(1);
  });

  it('tells the model that its variables are gone where the cells are not run again any more', async () => {
    const document = await world.runCells(
      '-> answer: str',
      ['kept = 1', 'import os\nos._exit(1)', 'SUBMIT(str("kept" in globals()))'],
      { limits: { maxRecoveries: 0 } },
    );
    expect(document).toMatchObject({ output: { answer: 'False' }, recoveries: 0 });
    const told = world.models.requests.filter(({ lastMessage }) => lastMessage.includes('variables and imports'));
    expect(told).toHaveLength(1);
  });

  it('interrupts an endless loop at the cell time-out and keeps the state', async () => {
    const document = await world.runCells('-> answer: int', ['n = 5\nwhile True: pass', 'SUBMIT(n)'], {
      limits: { cellTimeout: 0.5 },
    });
    expect(document.output).toEqual({ answer: 5 });
  });

  it('neither dies of a 100 MB print nor puts it into the history', async () => {
    const document = await world.runCells('-> answer: str', ['print("x" * 100_000_000)', 'SUBMIT("done")']);
    expect(document.output).toEqual({ answer: 'done' });
    const description = await world.client.workflow.getHandle(document.runId).describe();
    expect(Number(description.raw.workflowExecutionInfo?.historySizeBytes ?? 0)).toBeLessThan(100_000);
  });
});

describe('at a limit', () => {
  it('answers from the transcript with one extraction call', async () => {
    const handle = await world.run(
      '-> answer: str',
      { agent: [reply('print(1)')], extraction: () => '{"answer": "from the transcript"}' },
      { limits: { maxIterations: 2 } },
    );
    const document = await handle.result();
    expect(document).toMatchObject({ finish: 'limit', output: { answer: 'from the transcript' } });
    expect(document.usage.modelCalls).toBe(3);
  });

  it('shows the model there what its last cell printed', async () => {
    const run = await world.run(
      '-> answer: str',
      {
        agent: [reply('print("seen at last")')],
        extraction: ({ messages }) =>
          JSON.stringify({ answer: `${messages.at(-1)?.content.includes('seen at last')}` }),
      },
      { limits: { maxIterations: 1 } },
    );
    expect((await run.document()).output).toEqual({ answer: 'true' });
  });

  it('asks once more when the extraction does not fit, then fails with the transcript kept', async () => {
    const handle = await world.run(
      '-> answer: int',
      { agent: [reply('print(1)')], extraction: () => '{"answer": "none"}' },
      { limits: { maxIterations: 1 } },
    );
    const document = await handle.document();
    expect(document).toMatchObject({
      status: 'failed',
      finish: 'limit',
      error: { type: 'LimitReached' },
      output: null,
    });
    expect(document.usage.modelCalls).toBe(3);
    expect(document.root.iterations).toHaveLength(1);
  });

  it('stops a cell when the time of the run is up, and answers', async () => {
    const startedAt = Date.now();
    const handle = await world.run(
      '-> answer: str',
      { agent: [reply('import time\ntime.sleep(60)')], extraction: () => '{"answer": "in time"}' },
      { limits: { timeout: 3 } },
    );
    expect(await handle.result()).toMatchObject({ finish: 'limit', output: { answer: 'in time' } });
    expect(Date.now() - startedAt).toBeLessThan(10_000);
  });

  it('stops a model call when the time of the run is up', async () => {
    const handle = await world.run(
      '-> answer: str',
      { agent: [{ content: reply('print(1)'), delayMs: 60_000 }] },
      { limits: { timeout: 2 } },
    );
    expect(await handle.document()).toMatchObject({ status: 'failed', finish: 'limit' });
  });

  it('starts no model call at or over maxTokens', async () => {
    const document = await world.runCells('-> answer: str', ['print(1)'], { limits: { maxTokens: 100 } });
    expect(document).toMatchObject({ finish: 'limit' });
    expect(document.usage.iterations).toBe(1);
  });

  it('says what to do when maxCostUsd is set and the price is unknown', async () => {
    const document = await world.runCells('-> answer: str', ['print(1)'], { limits: { maxCostUsd: 1 } });
    expect(document).toMatchObject({ status: 'failed', error: { type: 'InvalidArguments' } });
    expect(document.error?.message).toContain('model.prices');
  });
});

describe('what people see in the Temporal Web UI', () => {
  it('is a summary on each activity, and where the agent stands', async () => {
    const document = await world.runCells('-> answer: str', ['llm_query_batched(["a", "b"])', 'SUBMIT("x")']);
    const handle = world.client.workflow.getHandle(document.runId);
    const { events } = await handle.fetchHistory();
    const summaries = (events ?? []).flatMap((event) => {
      const { activityTaskScheduledEventAttributes: activity, markerRecordedEventAttributes: local } = event;
      const data = activity || local ? event.userMetadata?.summary?.data : null;
      return data ? [JSON.parse(Buffer.from(data).toString())] : [];
    });
    expect(summaries).toEqual([
      'check the inputs',
      'open the sandbox',
      'iteration 1: model',
      'iteration 1: cell',
      'llm_query_batched × 2',
      'iteration 2: model',
      'iteration 2: cell',
      'write the results',
      'delete the sandbox',
    ]);
    const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toContain('**Iteration 1**');
  });
});

describe('the raw Temporal client', () => {
  it('starts an agent with one plain argument', async () => {
    const model = world.script({ agent: [reply('SUBMIT(len(text))')] });
    const result = await world.client.workflow.execute(agentWorkflowType, {
      taskQueue: world.settings.temporal.taskQueue,
      workflowId: 'raw',
      args: [{ signature: 'text: str -> length: int', inputs: { text: 'four' }, model }],
    });
    expect(result).toMatchObject({ status: 'completed', finish: 'submit', output: { value: { length: 4 } } });
  });

  it.each([
    ['an unknown key', { signature: '-> a: str', input: {} }, 'input'],
    ['a bad signature', { signature: 'a: strr -> b: str' }, 'strr'],
    ['a missing input', { signature: 'a: str -> b: str' }, 'a'],
    ['an unknown agent', { agent: 'nobody' }, 'nobody'],
    ['a model that is none', { signature: '-> a: str', model: 'gpt' }, 'gpt'],
  ])('is told in one line of %s', async (name, argument, told) => {
    const running = world.client.workflow.execute(agentWorkflowType, {
      taskQueue: world.settings.temporal.taskQueue,
      workflowId: `raw ${name}`,
      args: [argument],
    });
    const error = await running.then(
      () => null,
      (failure: Error) => failure.cause,
    );
    expect(error).toBeInstanceOf(ApplicationFailure);
    expect((error as ApplicationFailure).message).toContain(told);
    expect((error as ApplicationFailure).message).not.toContain('\n');
  });
});

describe('requests to the model', () => {
  it('begin as the one before did, so that providers’ prompt caches hit', async () => {
    const before = world.models.requests.length;
    await world.runCells('-> answer: str', ['print(1)', 'print(2)', 'SUBMIT("x")']);
    const [first, second, third] = world.models.requests.slice(before);
    expect(second?.cachedTokens).toBeGreaterThanOrEqual(first?.promptTokens ?? Number.NaN);
    expect(third?.cachedTokens).toBeGreaterThanOrEqual(second?.promptTokens ?? Number.NaN);
  });
});

describe('cancelling a run', () => {
  it('ends it after its cleanup, with results and without its sandbox', async () => {
    const handle = await world.run('-> answer: str', { agent: [reply('import time\ntime.sleep(60)')] });
    for await (const event of handle.events()) if (event.type === 'model-replied') await handle.cancel();
    const document = await handle.document();
    expect(document).toMatchObject({ status: 'cancelled', finish: null, output: null });
  });
});
