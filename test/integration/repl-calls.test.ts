import { beforeAll, describe, expect, it } from 'vitest';
import { type Host, type SandboxRepl, shout, silent, testedProvider, useSandboxes } from '../support/sandbox-repl.ts';

const sandboxes = useSandboxes();
let repl: SandboxRepl;

beforeAll(async () => {
  repl = await sandboxes.open({
    tools: [
      {
        name: 'lookup',
        description: 'Finds something.',
        parameters: [
          { name: 'key', pythonType: 'str', required: true },
          { name: 'limit', pythonType: 'int', required: false, default: 3 },
        ],
      },
      { name: 'echo', description: '', parameters: [{ name: 'value', pythonType: 'Any', required: true }] },
    ],
  });
});

const echo: Host = (event) => {
  if (event.type === 'submit') return [{ index: 0, value: true }];
  return [{ index: 0, value: event.arguments.value ?? event.arguments }];
};

describe('llm_query', () => {
  it('asks the host and returns its answer', async () => {
    const { ended, calls } = await repl.run('print(llm_query("hello", model="m"))', { cellId: 'a/1' });
    expect(ended.stdout.head).toBe('HELLO\n');
    expect(calls).toEqual([
      expect.objectContaining({
        function: 'llm_query',
        arguments: { prompts: ['hello'], model: 'm' },
        count: 1,
        batch: false,
        alone: true,
      }),
    ]);
    expect(calls[0]?.callId).toMatch(/^a\/1:llm_query:[0-9a-f]{16}:0$/);
  });

  it('raises the error of the host', async () => {
    const { ended } = await repl.run('llm_query("x")', {
      host: () => [{ index: 0, error: 'the budget is used up: 500 of 500' }],
    });
    expect(ended.error).toMatchObject({ type: 'CallError', message: 'the budget is used up: 500 of 500' });
  });

  it.each([
    ['llm_query(5)', 'TypeError', 'must be a str, not int'],
    ['llm_query("")', 'ValueError', 'is empty'],
    ['llm_query()', 'TypeError', 'prompt'],
    ['llm_query_batched("text")', 'TypeError', 'takes a list, not str'],
    ['llm_query_batched(["a", None])', 'TypeError', 'prompts[1]'],
    ['rlm_query(["a"])', 'TypeError', 'task'],
    ['rlm_query("a", {1, 2})', 'TypeError', 'context is of type set'],
    ['rlm_query_batched([{"text": "a"}])', 'ValueError', '"task"'],
  ])('%s raises at once', async (code, type, message) => {
    const { ended, calls } = await repl.run(code);
    expect(ended.error?.type).toBe(type);
    expect(ended.error?.message).toContain(message);
    expect(calls).toEqual([]);
  });
});

describe('a batch', () => {
  it('keeps its order, with a failed item as a string in its place', async () => {
    const out = await repl.print('llm_query_batched(["a", "b", "c"])', () => [
      { index: 2, value: 'C' },
      { index: 0, value: 'A' },
      { index: 1, error: 'overloaded' },
    ]);
    expect(out).toBe("['A', 'Error: overloaded', 'C']\n");
  });

  it('is put together from several posts, each of which may come again', async () => {
    const { cellId, after } = await repl.begin('llm_query_batched(["a", "b", "c"])');
    const { events } = await repl.broker.events({ after, waitMs: 5_000 });
    const call = events[0];
    if (call?.type !== 'call') throw new Error('no call');
    const post = (index: number) =>
      repl.broker.answer({
        kernelId: repl.kernelId,
        callId: call.callId,
        items: [{ index, value: `answer ${index}` }],
      });
    expect(await Promise.all([post(2), post(0), post(2), post(0)])).toEqual(Array(4).fill('delivered'));
    expect(await post(1)).toBe('delivered');
    expect(await post(1)).toBe('delivered');
    const { ended } = await repl.follow({ cellId, after }, silent);
    expect(ended.stdout.head).toBe("['answer 0', 'answer 1', 'answer 2']\n");
    expect(await post(1)).toBe('delivered');
  });

  it('that is empty asks nobody', async () => {
    const { ended, calls } = await repl.run('llm_query_batched([]), rlm_query_batched([])');
    expect(ended.stdout.head).toBe('([], [])\n');
    expect(calls).toEqual([]);
  });
});

describe('rlm_query', () => {
  it('hands over task and context', async () => {
    const { calls } = await repl.run(
      'rlm_query("dig", {"depth": (1, 2)})\nrlm_query_batched(["a", {"task": "b", "context": 1}])',
      {
        host: (event) =>
          event.type === 'call' ? Array.from({ length: event.count }, (_, index) => ({ index, value: '' })) : undefined,
      },
    );
    expect(calls.map((call) => [call.function, call.arguments, call.count, call.batch])).toEqual([
      ['rlm_query', { tasks: [{ task: 'dig', context: { depth: [1, 2] } }] }, 1, false],
      [
        'rlm_query_batched',
        {
          tasks: [
            { task: 'a', context: null },
            { task: 'b', context: 1 },
          ],
        },
        2,
        true,
      ],
    ]);
  });

  it('does not exist where there are no sub-agents', async () => {
    const alone = await sandboxes.open({ subAgents: false, queries: false });
    expect(await alone.print('"rlm_query" in globals(), "llm_query" in globals(), "SUBMIT" in globals()')).toBe(
      '(False, False, True)\n',
    );
  });
});

describe('a tool', () => {
  it('takes positional and keyword arguments by its parameters', async () => {
    const { calls } = await repl.run('lookup("a"); lookup(limit=1, key="b"); lookup("c", 2)', { host: echo });
    expect(calls.map((call) => call.arguments)).toEqual([{ key: 'a' }, { key: 'b', limit: 1 }, { key: 'c', limit: 2 }]);
  });

  it.each([
    ['lookup()', "lookup() is missing 'key'"],
    ['lookup("a", 1, 2)', 'takes 2 argument(s) but 3 were given'],
    ['lookup("a", key="b")', "two values for argument 'key'"],
    ['lookup("a", size=1)', "unexpected argument 'size'"],
    ['lookup(key={1: "a"})', 'has a key of type int'],
    ['lookup(key=float("nan"))', 'is nan, which JSON does not have'],
    ['lookup(key=2**60)', 'beyond 2**53'],
    ['lookup(key=[object()])', "argument 'key'[0] is of type object"],
    ['x = []; x.append(x); lookup(x)', 'refers to itself'],
  ])('%s raises with a clear message', async (code, message) => {
    const { ended, calls } = await repl.run(code);
    expect(ended.status).toBe('error');
    expect(ended.error?.message).toContain(message);
    expect(calls).toEqual([]);
  });

  it('carries any JSON unchanged, both ways, also 1 MB of text', async () => {
    const code = `
value = {"none": None, "yes": True, "list": [1, 2.5, [], {}], "text": "naïve 🎉 \\u2028", "nested": {"a": [{"b": None}]}, "long": "é" * 1_000_000}
back = echo(value)
print(back == value, list(back) == list(value), echo(None), echo(0), echo(""), echo([]))`;
    expect(
      await repl.print(code, (event) =>
        event.type === 'call' ? [{ index: 0, value: event.arguments.value }] : undefined,
      ),
    ).toBe('True True None 0  []\n');
  });

  it('takes the plain value out of scalars such as those of numpy', async () => {
    expect(await repl.print('class Scalar:\n    def item(self):\n        return 2.5\necho(Scalar())', echo)).toBe(
      '2.5\n',
    );
  });

  it('raises the error of the host with its message', async () => {
    const { ended } = await repl.run('lookup("a")', { host: () => [{ index: 0, error: 'no such key: a' }] });
    expect(ended.error).toMatchObject({ type: 'CallError', message: 'no such key: a' });
  });

  it('takes an answer of 50 MB', async () => {
    expect(await repl.print('len(echo(1))', () => [{ index: 0, value: 'x'.repeat(50_000_000) }])).toBe('50000000\n');
  });

  it('refuses arguments that are too large to send', async () => {
    const { ended } = await repl.run('echo("x" * 70_000_000)');
    expect(ended.error?.message).toMatch(/the arguments of echo are 66 MiB; the limit is 64 MiB/);
  });

  it('describes itself', async () => {
    expect(await repl.print('print(lookup.__doc__)')).toBe('lookup(key: str, limit: int = 3)\nFinds something.\n');
  });
});

describe('call ids', () => {
  it('are the same for the same calls in another sandbox, whatever the order in which threads make them', async () => {
    const code = `
from concurrent.futures import ThreadPoolExecutor
import random, time
prompts = ["a", "b", "a", "c", "b", "a"]
def ask(prompt):
    time.sleep(random.SystemRandom().random() / 100)
    return llm_query(prompt)
with ThreadPoolExecutor(6) as pool:
    print(list(pool.map(ask, prompts)))`;
    const ids = async () => {
      const { calls, ended } = await (await sandboxes.open()).run(code, { cellId: '1' });
      expect(ended.stdout.head).toBe("['A', 'B', 'A', 'C', 'B', 'A']\n");
      return calls.map((call) => call.callId).sort();
    };
    const first = await ids();
    expect(new Set(first).size).toBe(6);
    expect(await ids()).toEqual(first);
  });
});

describe('concurrent calls', () => {
  it('of many threads are each answered, and say that they are not alone', async () => {
    const { ended, calls } = await repl.run(
      `
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(32) as pool:
    print(sum(len(r) for r in pool.map(lambda i: llm_query("p%d" % i), range(100))))`,
      { host: shout },
    );
    expect(ended.stdout.head).toBe('290\n');
    expect(calls).toHaveLength(100);
    expect(calls.every((call) => !call.alone)).toBe(true);
  });

  it('of asyncio are open together', async () => {
    let open = 0;
    let most = 0;
    const host: Host = async (event) => {
      open += 1;
      most = Math.max(most, open);
      while (most < 3) await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      return shout(event);
    };
    expect(
      await repl.print(
        'import asyncio\nawait asyncio.gather(*[llm_query_async(p) for p in "xyz"], llm_query_batched_async(["q"]))',
        host,
      ),
    ).toBe("['X', 'Y', 'Z', ['Q']]\n");
    expect(most).toBeGreaterThanOrEqual(3);
    expect(
      await repl.print('await rlm_query_async("t"), await rlm_query_batched_async([]), await echo_async(1)', (event) =>
        event.type === 'call' ? [{ index: 0, value: event.function }] : undefined,
      ),
    ).toBe("('rlm_query', [], 'echo')\n");
  });

  it('that fail raise in their own task', async () => {
    expect(
      await repl.print('await asyncio.gather(llm_query_async("x"), return_exceptions=True)', () => [
        { index: 0, error: 'no' },
      ]),
    ).toBe("[CallError('no')]\n");
  });

  it('of a thread that outlives its cell raise a clear error', async () => {
    await repl.print(`
import threading, time
go, seen = threading.Event(), []
def late():
    go.wait()
    try:
        llm_query("too late")
    except RuntimeError as error:
        seen.append(str(error))
thread = threading.Thread(target=late)
thread.start()
threading.Timer(0.1, go.set).start()`);
    // The timer sets it off when no cell runs.
    await expect
      .poll(async () => {
        await new Promise((resolve) => setTimeout(resolve, 150));
        return repl.print('seen');
      })
      .toContain('no cell is running');
  });

  it('open at the end of a cell do not stay open', async () => {
    await repl.run(
      'import threading, time\ngot = []\ndef ask():\n    try:\n        llm_query("never answered")\n    except RuntimeError as e:\n        got.append(str(e))\nt = threading.Thread(target=ask); t.start()\ntime.sleep(0.05)',
      {
        host: silent,
      },
    );
    expect(await repl.print('t.join(5); got')).toBe("['the cell ended before the answer came']\n");
  });

  it('of a forked process are refused', async () => {
    const out = await repl.print(`
import os
pid = os.fork()
if pid == 0:
    try:
        llm_query("x")
    except RuntimeError as error:
        print(error, flush=True)
    os._exit(0)
os.waitpid(pid, 0)
None`);
    expect(out).toMatch(/calls cannot be made from a forked process/);
  });
});

describe('a forked copy of the kernel', () => {
  it('ends with the cell and tells the host nothing', async () => {
    const { ended } = await repl.run(
      'import os\nchild = os.fork()\nprint("child" if child == 0 else "parent", flush=True)\nif child: os.waitpid(child, 0)\nNone',
    );
    expect(ended.stdout.head.split('\n').sort()).toEqual(['', 'child', 'parent']);
    expect(await repl.print('1')).toBe('1\n');
  });
});

describe('the protocol', () => {
  it('returns a cell that was started already', async () => {
    const { cellId, after } = await repl.begin('n = globals().get("n", 0) + 1\nprint(n)', { cellId: 'lost-response' });
    const again = await repl.begin('n = globals().get("n", 0) + 1\nprint(n)', { cellId: 'lost-response' });
    expect(again).toEqual({ cellId, after });
    const { ended } = await repl.follow({ cellId, after }, silent);
    expect(ended.stdout.head).toBe('1\n');
    const once = await repl.broker.startCell({ cellId, kernelId: repl.kernelId, code: '', timeoutMs: 1_000 });
    expect(once).toEqual({ state: 'ended', after });
    expect((await repl.follow({ cellId, after }, silent)).ended).toEqual(ended);
  });

  it('knows a kernel that is not running, and a call that was never made', async () => {
    const answer = { callId: 'nobody', items: [{ index: 0, value: 1 }] };
    expect(await repl.broker.answer({ ...answer, kernelId: 'another' })).toBe('stale-kernel');
    expect(await repl.broker.answer({ ...answer, kernelId: repl.kernelId })).toBe('unknown-call');
    await expect(repl.broker.startCell({ cellId: 'z', kernelId: 'another', code: '', timeoutMs: 1 })).rejects.toThrow(
      /not running here/,
    );
  });

  it('finds the living kernel when it is started again', async () => {
    const { kernelId } = repl;
    expect((await repl.startKernel()).kernelId).toBe(kernelId);
  });

  it('wakes a long poll', async () => {
    const { cellId, after } = await repl.begin('llm_query("x")');
    const { cursor } = await repl.broker.events({ after, waitMs: 5_000 });
    const parked = repl.broker.events({ after: cursor, waitMs: 30_000 });
    await repl.broker.wake();
    expect((await parked).events).toEqual([]);
    await repl.follow({ cellId, after }, shout);
  });

  it.runIf(testedProvider === 'local')('refuses a request without the token', async () => {
    const { reference } = await sandboxes.open();
    const transport = await sandboxes.provider().connect(reference);
    expect((await transport.request({ method: 'GET', path: '/nothing' })).status).toBe(404);
    Object.assign(transport, { token: 'wrong' });
    expect((await transport.request({ method: 'GET', path: '/health' })).status).toBe(401);
  });
});
