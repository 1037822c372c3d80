import { existsSync, type FSWatcher, mkdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Place, PreparedAgent } from '../../src/agent/agent-arguments.ts';
import { Limits } from '../../src/agent/limits.ts';
import { agentWorkflowType } from '../../src/agent/names.ts';
import type { RunEvent } from '../../src/client/run-events.ts';
import { newRunId } from '../../src/client/run-id.ts';
import { startRun } from '../../src/client.ts';
import { loadSettings } from '../../src/config/load-settings.ts';
import { defineAgent } from '../../src/define-agent.ts';
import { previewInput } from '../../src/prompts/input-preview.ts';
import type { SandboxState } from '../../src/sandbox/local/state-files.ts';
import type { Script } from '../../src/scripted/script.ts';
import { parseSignature } from '../../src/signature/parse-signature.ts';
import { tool } from '../../src/tool.ts';
import { sandboxesIn, sandboxesOf, sandboxFolder } from '../support/local-sandboxes.ts';
import { until } from '../support/until.ts';
import { reply, startWorld, type World, type WorldRun } from '../support/world.ts';

const megabyte = 1_000_000;

const hoarder = defineAgent({
  name: 'hoarder',
  signature: '-> answer: str',
  tools: {
    heap: tool({
      description: 'Returns a text of that many characters.',
      parameters: z.object({ size: z.number() }),
      execute: ({ size }) => 'h'.repeat(size),
    }),
    shout: tool({
      description: 'Returns the text in capitals.',
      parameters: z.object({ text: z.string() }),
      execute: ({ text }) => text.toUpperCase(),
    }),
  },
});

let world: World;
let watcher: FSWatcher;
/** Every sandbox that the world ever had, by its socket. */
const sandboxes = new Map<string, SandboxState>();
beforeAll(async () => {
  world = await startWorld({ agents: [hoarder] });
  mkdirSync(sandboxFolder(world.dataDirectory), { recursive: true, mode: 0o700 });
  watcher = watch(sandboxFolder(world.dataDirectory), { persistent: false }, rememberSandboxes);
});
afterAll(async () => {
  await until(() => sandboxesIn(world.dataDirectory).length === 0).catch(() => {}); // what is left is told below, by name
  watcher.close();
  const left = [...sandboxes.values()].flatMap(traces);
  const stateFiles = sandboxesIn(world.dataDirectory).map(({ labels }) => labels['rlm.agent']);
  await world[Symbol.asyncDispose]();
  expect({ left, stateFiles }).toEqual({ left: [], stateFiles: [] });
  expect(sandboxes.size).toBeGreaterThan(40);
  for (const directory of new Set([...sandboxes.values()].map(({ socketPath }) => join(socketPath, '..')))) {
    expect(existsSync(directory)).toBe(false);
  }
});

function rememberSandboxes(): void {
  for (const state of sandboxesIn(world.dataDirectory)) sandboxes.set(state.socketPath, state);
}

/** What of a sandbox is on the host: its first process, with which all others end, its cgroups, its socket. */
function traces({ process, cgroups, socketPath }: SandboxState): string[] {
  return [`/proc/${process.pid}`, ...cgroups, socketPath].filter((path) => existsSync(path));
}

async function runHoarder(script: Omit<Script, 'name'>, limits: WorldRun['limits'] = {}) {
  const { client, settings } = world;
  const run = await startRun(client, hoarder, { inputs: {}, limits, settings, model: world.script(script) });
  return run.document();
}

async function historyBytes(runId: string): Promise<number> {
  const description = await world.client.workflow.getHandle(runId).describe();
  return Number(description.raw.workflowExecutionInfo?.historySizeBytes ?? 0);
}

const nothing = reply('import time\ntime.sleep(60)');

describe.concurrent('many calls at once', () => {
  it('of every kind, from thirty threads, are each answered with their own answer', async () => {
    const code = `from concurrent.futures import ThreadPoolExecutor
def call(i):
    kind = i % 4
    if kind == 0: return llm_query(f"q{i}") == f"answer to q{i}"
    if kind == 1: return llm_query_batched([f"b{i}", f"c{i}"]) == [f"answer to b{i}", f"answer to c{i}"]
    if kind == 2: return shout(f"t{i}") == f"T{i}"
    return rlm_query(f"s{i}") == f"done s{i}"
with ThreadPoolExecutor(30) as pool:
    right = list(pool.map(call, range(30)))
SUBMIT(f"{sum(right)} of {len(right)}")`;
    const document = await runHoarder({
      agent: [[reply(code)], [reply('SUBMIT("done " + task)')]],
      query: (prompt) => ({ content: `answer to ${prompt}`, delayMs: 100 }),
    });
    expect(document.output).toEqual({ answer: '30 of 30' });
    expect(document.root.children).toHaveLength(7);
    expect(document.root.iterations[0]?.calls.every(({ status }) => status === 'ok')).toBe(true);
  });

  it('do not block each other where one at a time is allowed, in sub-agents either', async () => {
    const code = `from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(4) as pool:
    single = pool.submit(llm_query, "a")
    batch = pool.submit(llm_query_batched, ["b", "c", "d"])
    agents = pool.submit(rlm_query_batched, ["e", "f"])
    agent = pool.submit(rlm_query, "g")
    SUBMIT([single.result(), *batch.result(), *agents.result(), agent.result()])`;
    const deeper = 'SUBMIT("".join(llm_query_batched([task, rlm_query("deep")])))';
    const run = await world.run(
      '-> answer: list[str]',
      {
        agent: [[reply(code)], [reply(deeper)], [reply('SUBMIT(llm_query(task))')]],
        query: (prompt) => prompt.toUpperCase(),
      },
      { limits: { maxConcurrency: 1 } },
    );
    const { output } = await run.result();
    expect(output).toEqual({ answer: ['A', 'B', 'C', 'D', 'EDEEP', 'FDEEP', 'GDEEP'] });
  });

  it('with prompts of a few thousand bytes each do not outgrow what a workflow can be told', async () => {
    const code = `import asyncio
answers = await asyncio.gather(*[llm_query_async(f"{i} " + "字" * 1_900) for i in range(900)])
SUBMIT(" ".join(answers) == " ".join(str(i) for i in range(900)))`;
    const document = await world.runCells('-> answer: bool', [code], {
      limits: { maxLlmCalls: 1_000 },
      query: (prompt) => prompt.split(' ')[0] ?? '',
    });
    expect(document).toMatchObject({ status: 'completed', output: { answer: true } });
  });

  it('for sub-agents whose tasks are too large together are refused whole, and the cell goes on', async () => {
    const code = `try:
    rlm_query_batched([{"task": "字" * 1_900, "context": "字" * 1_900} for i in range(1_000)])
except Exception as error:
    SUBMIT(str(error))`;
    const document = await world.runCells('-> answer: str', [code]);
    expect(document.output).toEqual({ answer: '1000 tasks are too much for one call; give them in several' });
    expect(document.usage.agents).toBe(1);
  });

  it('stop in the middle of a batch when maxTokens is reached, and what was answered stands', async () => {
    const code = 'answers = llm_query_batched(["x" * 4_000] * 40)\nprint(answers.count("ok"), len(answers))';
    const run = await world.run(
      '-> answer: str',
      { agent: [reply(code)], query: () => 'ok', extraction: () => '{"answer": "from what there is"}' },
      { limits: { maxTokens: 12_000, maxConcurrency: 1 } },
    );
    const document = await run.result();
    expect(document).toMatchObject({ finish: 'limit', output: { answer: 'from what there is' } });
    const [answered = 0, asked = 0] = (document.root.iterations[0]?.stdout ?? '').split(' ').map(Number);
    expect(asked).toBe(40);
    expect(answered).toBeGreaterThan(2);
    expect(answered).toBeLessThan(20);
  });
});

describe.concurrent('calls that their cell does not wait for', () => {
  const abandoning = 'import threading\nthreading.Thread(target=llm_query, args=["slow"]).start()\n';
  const slowly = () => ({ content: 'late', delayMs: 50_000 });

  it.each([
    ['ends', `${abandoning}import time\ntime.sleep(0.3)`, 'ok'],
    ['fails', `${abandoning}import time\ntime.sleep(0.3)\n1 / 0`, 'ZeroDivisionError'],
    ['is stopped for its time', `${abandoning}while True: pass`, 'was stopped after'],
    ['kills its kernel', `${abandoning}import os, time\ntime.sleep(0.3)\nos._exit(1)`, 'exited with code 1'],
  ])('are given up when it %s, and the agent goes on', async (_, code) => {
    const document = await world.runCells('-> answer: str', [code, 'SUBMIT("went on")'], {
      query: slowly,
      limits: { cellTimeout: 1 },
    });
    expect(document).toMatchObject({ status: 'completed', output: { answer: 'went on' } });
    expect(document.root.iterations[0]?.calls).toMatchObject([{ function: 'llm_query', status: 'cancelled' }]);
    const asked = world.models.requests.filter(({ model }) => `openai/${model}` === document.model);
    await until(() => asked.every(({ outcome }) => outcome !== null));
    expect(asked.find(({ lastMessage }) => lastMessage === 'slow')?.outcome).toBe('abandoned');
  });

  it('of a thread left behind raise there, and the next cell can read why', async () => {
    const document = await world.runCells(
      '-> answer: str',
      [
        `import threading, time
told = []
def ask():
    try: llm_query("slow")
    except Exception as error: told.append(str(error))
thread = threading.Thread(target=ask)
thread.start()
time.sleep(0.3)`,
        'thread.join()\nSUBMIT(told[0])',
      ],
      { query: slowly },
    );
    expect(document.output?.answer).toContain('the cell ended before the answer came');
  });

  it('end with a SUBMIT in a thread while the main thread waits', async () => {
    const code = 'import threading\nthreading.Timer(0.3, SUBMIT, ["from a thread"]).start()\nllm_query("slow")';
    const document = await world.runCells('-> answer: str', [code], { query: slowly });
    expect(document).toMatchObject({ status: 'completed', output: { answer: 'from a thread' } });
  });

  it('are not waited for when the kernel is killed from outside while its only thread waits', async () => {
    const code = 'import subprocess\nsubprocess.Popen("sleep 0.3; kill -9 $PPID", shell=True)\nllm_query("slow")';
    const document = await world.runCells('-> answer: str', [code, 'SUBMIT("went on")'], {
      query: () => ({ content: 'late', delayMs: 2_000 }),
    });
    expect(document).toMatchObject({ status: 'completed', output: { answer: 'went on' } });
    expect(document.root.iterations[0]?.error).toContain('killed');
  });
});

describe.concurrent('large values', () => {
  it('of 5 MB go to a sub-agent as its context', async () => {
    const code = `SUBMIT(rlm_query("measure", context={"text": "c" * ${5 * megabyte}}))`;
    const run = await world.run('-> answer: str', {
      agent: [[reply(code)], [reply('SUBMIT(str(len(context["text"])))')]],
    });
    expect((await run.result()).output).toEqual({ answer: `${5 * megabyte}` });
    expect(await historyBytes(run.runId)).toBeLessThan(100_000);
  });

  it('of 20 MB, printed and raised, are shown cut', async () => {
    const code = `import sys
print("o" * ${20 * megabyte})
print("e" * ${20 * megabyte}, file=sys.stderr)
raise ValueError("m" * ${20 * megabyte})`;
    const document = await world.runCells('-> answer: str', [code, 'SUBMIT("shown")']);
    expect(document.output).toEqual({ answer: 'shown' });
    const [, second] = world.models.requests.filter(({ model }) => `openai/${model}` === document.model);
    expect(second?.lastMessage.length).toBeLessThan(12_000);
    expect(second?.lastMessage).toContain('of 20,000,000 characters cut here');
    expect(await historyBytes(document.runId)).toBeLessThan(100_000);
  });

  it('of 3 MB can be submitted', async () => {
    const document = await world.runCells('-> answer: str', [`SUBMIT("s" * ${3 * megabyte})`]);
    expect(String(document.output?.answer)).toHaveLength(3 * megabyte);
    expect(await historyBytes(document.runId)).toBeLessThan(100_000);
  });

  it('of 5 MB come from a tool', async () => {
    const document = await runHoarder({ agent: [reply(`SUBMIT(str(len(heap(${5 * megabyte}))))`)] });
    expect(document.output).toEqual({ answer: `${5 * megabyte}` });
  });

  it('of 10 MB can be a prompt', async () => {
    const document = await world.runCells('-> answer: str', [`SUBMIT(llm_query("p" * ${10 * megabyte}))`], {
      query: (prompt) => String(prompt.length),
    });
    expect(document.output).toEqual({ answer: `${10 * megabyte}` });
  });

  it('can be instructions, of 200 KB', async () => {
    const run = await world.run(
      '-> answer: str',
      {
        agent: ({ messages }) =>
          reply(`SUBMIT("${messages[0]?.content.includes('i'.repeat(200_000)) ? 'read' : 'cut'}")`),
      },
      { instructions: 'i'.repeat(200_000) },
    );
    expect((await run.result()).output).toEqual({ answer: 'read' });
  });

  it('of 5 MB can be the code of a reply', async () => {
    const run = await world.run('-> answer: int', {
      agent: [reply(`x = "${'x'.repeat(5 * megabyte)}"`), reply('SUBMIT(len(x))')],
    });
    expect((await run.result()).output).toEqual({ answer: 5 * megabyte });
    expect(await historyBytes(run.runId)).toBeLessThan(100_000);
  });
});

describe.concurrent('replies with odd characters', () => {
  it.each([
    ['a NUL', reply('x = "\0"\nprint(len(x))')],
    ['a lone surrogate in a string', reply('x = "\ud800"\nprint(len(x))')],
    ['a lone surrogate in a name', reply('x\udfff = 1')],
    ['a lone surrogate outside the code', `\ud83d thinking\n\n${reply('print(1)')}\n\n\udc00`],
    ['nothing but a NUL', '\0'],
    ['a thousand fences', '```python\n'.repeat(1_000)],
    ['a thousand fences in a string', reply(`x = """\n${'```\n'.repeat(1_000)}`)],
  ])('are at worst a turn: %s', async (_, odd) => {
    const run = await world.run('-> answer: str', { agent: [odd, reply('SUBMIT("went on")')] });
    expect(await run.document()).toMatchObject({ status: 'completed', output: { answer: 'went on' } });
  });

  it('run as they are meant: line ends of Windows', async () => {
    const crlf = reply('text = """a\nb"""\nif text:\n    SUBMIT(text)').replaceAll('\n', '\r\n');
    const run = await world.run('-> answer: str', { agent: [crlf] });
    expect((await run.result()).output).toEqual({ answer: 'a\nb' });
  });

  it.each([
    ['printed', 'print("\\ud83d", "\\0", "\\x1b[31m", "\\r")'],
    ['raised', 'raise ValueError("\\ud83d\\0")'],
    ['the name of an error', 'raise type("E" * 5_000, (Exception,), {})("x")'],
    ['missing in the name of an error', 'raise type("", (Exception,), {})("x")'],
    ['asked', 'llm_query("\\ud83d\\0")'],
    ['answered', 'print(llm_query("odd"))'],
    ['answered with an error', 'llm_query("fail")'],
    ['submitted to the wrong field', 'SUBMIT(answer=["x" * 76 + "😀" * 50])'],
    ['in the title of a sub-agent', 'rlm_query("x" * 199 + "😀")'],
  ])('are harmless: %s', async (_, code) => {
    const run = await world.run(
      '-> answer: str',
      {
        agent: [[reply(code), reply('SUBMIT("went on")')], [reply('SUBMIT("\\udc00")')]],
        query: (prompt) => {
          if (prompt === 'fail') throw new Error('😀'.repeat(400));
          return prompt === 'odd' ? '\ud83d\0' : 'ok';
        },
      },
      { limits: { maxDepth: 1 } },
    );
    expect(await run.document()).toMatchObject({ status: 'completed', output: { answer: 'went on' } });
  });

  it('are harmless in what a provider refuses with', async () => {
    const run = await world.run('-> answer: str', {
      agent: () => {
        throw new Error('😀'.repeat(400));
      },
    });
    expect(await run.document()).toMatchObject({ status: 'failed', error: { type: 'ModelRejected' } });
  });

  it('are harmless in an extraction that does not fit', async () => {
    const run = await world.run(
      '-> answer: int',
      {
        agent: [reply('print(1)')],
        extraction: () => JSON.stringify({ answer: `${'x'.repeat(78)}${'😀'.repeat(50)}` }),
      },
      { limits: { maxIterations: 1 } },
    );
    expect(await run.document()).toMatchObject({ status: 'failed', finish: 'limit', error: { type: 'LimitReached' } });
  });
});

describe.concurrent('odd inputs', () => {
  it.each(['class', 'print', 'SUBMIT', '__proto__', '_rlm', 'ﬁle', 'naïve', 'a-b', '1a'])(
    'are refused before anything starts: a name like %s',
    async (name) => {
      const run = world.run(`${name}: str -> answer: str`, { agent: [nothing] }, { inputs: { [name]: 'x' } });
      await expect(run).rejects.toMatchObject({ name: 'SignatureError' });
    },
  );

  it('arrive and return unchanged', async () => {
    const odd = {
      ...JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}'),
      '': [null, [], {}, [[]]],
      numbers: [0.1, 1e308, 5e-324, 2 ** 53, -(2 ** 53), 1.5],
      text: '\0\u2028\u2029\r\n\ud800 "quotes" \\ 😀 \ufeff',
      'key\0\ud800': 'x',
      deep: JSON.parse(`${'['.repeat(300)}${']'.repeat(300)}`),
    };
    const document = await world.runCells(
      'value: Any, constructor: str -> answer: Any, toString: str',
      ['SUBMIT(value, toString=constructor)'],
      { inputs: { value: odd, constructor: 'c' } },
    );
    expect(JSON.stringify(document.output)).toBe(JSON.stringify({ answer: odd, toString: 'c' }));
  });
});

describe.concurrent('a cell that turns against its sandbox', () => {
  /** Speaks to the broker in the kernel's place. */
  const forge = (header: string, body: string) => `import json, os, socket, struct, time
header = json.dumps(${header}).encode()
body = json.dumps(${body}).encode()
for descriptor in range(3, 20):
    try:
        connection = socket.socket(fileno=os.dup(descriptor))
        connection.sendall(struct.pack(">IQ", len(header), len(body)) + header + body)
    except OSError: pass
time.sleep(60)`;
  const call = (name: string, count: number) =>
    `{"type": "call", "callId": "1:forged", "cellId": "1", "function": "${name}", "count": ${count}, "batch": False, "alone": True}`;

  it.each([
    ['a query without prompts', forge(call('llm_query', 1), '{"prompts": 5}')],
    ['a query of more prompts than there are', forge(call('llm_query', 1_000_000), '{"prompts": ["x"]}')],
    ['a sub-agent without a task', forge(call('rlm_query', 1), '{"tasks": [{}]}')],
    ['the end of its cell, without saying how', forge('{"type": "ended"}', '{}')],
  ])('and forges %s ends its run with a lost sandbox', async (_, code) => {
    const document = await world.runCells('-> answer: str', [code], { limits: { maxRecoveries: 0 } });
    expect(document).toMatchObject({ status: 'failed', error: { type: 'SandboxLost' } });
    expect(document.error?.message).not.toContain('\n');
    expect(document.usage.subQueries).toBe(0);
    expect(sandboxesOf(world.dataDirectory, document.runId)).toEqual([]);
  });

  it.each([
    ['at once', 'import os, signal\nos.kill(os.getppid(), signal.SIGKILL)'],
    [
      'while a call is open',
      'import os, signal, threading\nthreading.Timer(0.3, os.kill, [os.getppid(), signal.SIGKILL]).start()\nllm_query("slow")',
    ],
  ])('and kills the broker %s ends its run with a lost sandbox', async (_, code) => {
    const document = await world.runCells('-> answer: str', [code], {
      limits: { maxRecoveries: 0 },
      query: () => ({ content: 'late', delayMs: 1_000 }),
    });
    expect(document).toMatchObject({ status: 'failed', error: { type: 'SandboxLost' } });
    expect(document.error?.message).not.toContain('\n');
    expect(sandboxesOf(world.dataDirectory, document.runId)).toEqual([]);
  });

  it('and stops the broker is ended when the time of its run is up', async () => {
    const code = 'import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)';
    const document = await world.runCells('-> answer: str', [code], { limits: { timeout: 4 } });
    expect(document).toMatchObject({ status: 'completed', finish: 'limit' });
    expect(sandboxesOf(world.dataDirectory, document.runId)).toEqual([]);
  });
});

describe.concurrent('an agent that cannot start', () => {
  it('leaves no sandbox: one of its inputs is not in the store', async () => {
    const signature = parseSignature('text: str -> answer: str');
    const artifact = { sha256: '0'.repeat(64), bytes: 5_000 };
    const [field] = signature.inputs;
    const preview = previewInput(field ?? { name: 'text', pythonType: 'str' }, 'x');
    const model = world.script({ agent: [nothing] });
    const prepared: PreparedAgent = {
      ...{
        definition: null,
        signature,
        tools: [],
        workspace: null,
        instructions: null,
        model,
        subModel: model,
        limits: Limits.parse({}),
      },
      inputs: [{ name: 'text', stored: { artifact, preview: 'x' }, preview }],
    };
    const place: Place = {
      ...{ runId: 'nowhere', depth: 1, parentIteration: 1, deadline: Date.now() + 60_000 },
      ...{ lease: { tokens: null, costUsd: null }, prepared },
    };
    const { taskQueue } = world.settings.temporal;
    const options = { workflowId: newRunId('orphan'), taskQueue, args: [{ place }] };
    const handle = await world.client.workflow.start(agentWorkflowType, options);
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'ArtifactMissing' } });
    expect(sandboxesOf(world.dataDirectory, 'nowhere')).toEqual([]);
  });
});

describe.concurrent('cancelling leaves nothing behind', () => {
  const slowAnswer = { content: 'late', delayMs: 50_000 };
  const phases: [string, Omit<Script, 'name'>, (event: RunEvent) => boolean][] = [
    ['starting', { agent: [nothing] }, ({ type }) => type === 'agent-started'],
    ['thinking', { agent: [slowAnswer] }, ({ type }) => type === 'iteration-started'],
    ['running', { agent: [nothing] }, ({ type }) => type === 'model-replied'],
    ['waiting', { agent: [reply('llm_query("x")')], query: () => slowAnswer }, ({ type }) => type === 'call-started'],
    [
      'waiting for a sub-agent that starts',
      { agent: [[reply('rlm_query("x")')], [nothing]] },
      ({ type }) => type === 'sub-agent-started',
    ],
    [
      'waiting for a sub-agent that runs, in a thread',
      {
        agent: [
          [reply('import threading\nthreading.Thread(target=rlm_query, args=["x"]).start()\nllm_query("x")')],
          [nothing],
        ],
        query: () => slowAnswer,
      },
      ({ type, agentId }) => type === 'model-replied' && agentId.includes('/'),
    ],
    [
      'extracting',
      { agent: [reply('print(1)')], extraction: () => slowAnswer },
      ({ type }) => type === 'extraction-started',
    ],
  ];
  it.each(phases)('while it is %s', async (_, script, isMoment) => {
    const run = await world.run('-> answer: str', script, { limits: { maxIterations: 1 } });
    for await (const event of run.events()) if (isMoment(event)) await run.cancel();
    expect(await run.document()).toMatchObject({ status: 'cancelled', finish: null, output: null });
    await until(() => sandboxesOf(world.dataDirectory, run.runId).length === 0);
  });

  it('before anything has begun', async () => {
    const run = await world.run('-> answer: str', { agent: [nothing] });
    await run.cancel();
    expect(await run.document()).toMatchObject({ status: 'cancelled' });
    expect(sandboxesOf(world.dataDirectory, run.runId)).toEqual([]);
  });
});

describe.concurrent('a run id that is used again', () => {
  it('is refused while its run goes on, and names another run afterwards', async () => {
    const first = await world.run('-> answer: str', { agent: [nothing] }, { runId: 'again' });
    const second = world.run('-> answer: str', { agent: [nothing] }, { runId: 'again' });
    await expect(second).rejects.toThrow('a run with the id again is in progress');
    await first.cancel();
    expect(await first.document()).toMatchObject({ status: 'cancelled' });
    const third = await world.run('-> answer: str', { agent: [reply('SUBMIT("third")')] }, { runId: 'again' });
    expect((await third.result()).output).toEqual({ answer: 'third' });
  });

  it('shows none of the sub-agents that its run before had', async () => {
    const runId = 'once-more';
    const script = { agent: [[reply('rlm_query_batched(["a", "b"])\nSUBMIT("x")')], [reply('SUBMIT(task)')]] };
    await (await world.run('-> answer: str', script, { runId })).result();
    const again = await world.run(
      '-> answer: str',
      { agent: [[reply('SUBMIT(rlm_query("c"))')], [reply('SUBMIT(task)')]] },
      { runId },
    );
    const document = await again.result();
    expect(document.root.children).toMatchObject([{ task: 'c', output: { answer: 'c' } }]);
    expect(document.usage.agents).toBe(2);
  });
});

describe.concurrent('a model', () => {
  it('that refuses the key ends the run at once, with its words', async () => {
    const run = await world.run('-> answer: str', { agent: [{ content: '', fail: { kind: 'unauthorized' } }] });
    const document = await run.document();
    expect(document).toMatchObject({ status: 'failed', error: { type: 'ModelUnauthorized' } });
    expect(document.error?.message).toContain('Incorrect API key provided');
    expect(world.models.requests.filter(({ model }) => `openai/${model}` === document.model)).toHaveLength(1);
  });

  it('that never answers is not waited for beyond the time of the run', async () => {
    const hang = { content: '', fail: { kind: 'hang' as const } };
    const [thinking, asking] = await Promise.all([
      world.run('-> answer: str', { agent: [hang] }, { limits: { timeout: 2 } }),
      world.run('-> answer: str', { agent: [reply('llm_query("x")')], query: () => hang }, { limits: { timeout: 3 } }),
    ]);
    expect(await thinking.document()).toMatchObject({ status: 'failed', finish: 'limit' });
    expect(await asking.document()).toMatchObject({ status: 'completed', finish: 'limit' });
  });

  it('that cannot be reached ends the run, at its time limit or when the attempts are used up', async () => {
    const models = {
      ...loadSettings({ directory: '/', environment: {} }).models,
      openaiBaseUrl: 'http://127.0.0.1:9/v1',
    };
    await using other = await startWorld({ settings: { models } });
    const runs = [{ timeout: 2 }, {}].map(async (limits) => {
      const run = await other.run('-> answer: str', { agent: [nothing] }, { limits });
      return run.document();
    });
    const [hurried, patient] = await Promise.all(runs);
    expect(hurried).toMatchObject({ status: 'failed', finish: 'limit', error: { type: 'LimitReached' } });
    expect(patient).toMatchObject({ status: 'failed', finish: null, error: { type: 'ModelUnavailable' } });
    expect(patient?.error?.message).toContain('cannot be reached');
  });
});
