import { describe, expect, it } from 'vitest';
import { type Host, shout, silent, useSandboxes } from '../support/sandbox-repl.ts';

const sandboxes = useSandboxes({ memoryBytes: 512 * 1024 ** 2, processes: 64 });

/** Answers each call after a while. */
const slow: Host = async (event) => {
  await new Promise((resolve) => setTimeout(resolve, 500));
  return shout(event);
};

describe('the time limit of a cell', () => {
  it('interrupts an endless loop and keeps the state', async () => {
    const repl = await sandboxes.open();
    const { ended } = await repl.run('found = 5\nwhile True: pass', { timeoutMs: 200 });
    expect(ended).toMatchObject({ status: 'timeout', error: { type: 'KeyboardInterrupt' } });
    expect(ended.error?.traceback).toContain('while True: pass');
    expect(ended.note).toContain('limit of 0.2 s');
    expect(await repl.print('found')).toBe('5\n');
  });

  it.each([
    'import time; time.sleep(60)',
    'import os; os.system("sleep 60")',
    'import subprocess; subprocess.run(["sleep", "60"])',
    'import threading; threading.Event().wait()',
    'import asyncio; await asyncio.sleep(60)',
  ])('interrupts %s', async (code) => {
    const repl = await sandboxes.open();
    expect((await repl.run(code, { timeoutMs: 100 })).ended.status).toBe('timeout');
    expect(await repl.print('1')).toBe('1\n');
  });

  it.each([
    'import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass',
    'import time\nwhile True:\n    try:\n        time.sleep(60)\n    except BaseException: pass',
    'sum(range(10**15))',
  ])('kills what does not let itself be interrupted: %j', async (code) => {
    const repl = await sandboxes.open();
    const { ended } = await repl.run(`print("shown")\n${code}`, { timeoutMs: 100 });
    expect(ended).toMatchObject({ status: 'kernel-died', stdout: { head: 'shown\n' } });
    expect(ended.note).toBe(
      'The Python process did not stop when its time ran out, and had to be killed. Its variables are gone.',
    );
    expect(ended.durationMs).toBeLessThan(1_100);
    await repl.startKernel();
    expect(await repl.print('1')).toBe('1\n');
  });

  it.each([
    ['of the only thread', 'llm_query("a")\nllm_query("b")'],
    [
      'of every thread',
      'from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(4) as pool:\n    list(pool.map(llm_query, ["a", "b", "c"]))\nllm_query("d")',
    ],
    [
      'of every task',
      'import asyncio\nawait asyncio.gather(*[llm_query_async(p) for p in "ab"])\nawait llm_query_async("c")',
    ],
  ])('does not count the waiting %s', async (_, code) => {
    const repl = await sandboxes.open();
    await repl.print('import asyncio, concurrent.futures');
    const { ended } = await repl.run(code, { timeoutMs: 400, host: slow });
    expect(ended).toMatchObject({ status: 'ok' });
    expect(ended.durationMs).toBeLessThan(400);
  });

  it.each([
    ['works', 'while True: pass'],
    ['sleeps', 'import time; time.sleep(60)'],
    ['waits for a program', 'import subprocess; subprocess.run(["sleep", "60"], capture_output=True)'],
  ])('runs on while one thread waits and another %s', async (_, code) => {
    const repl = await sandboxes.open();
    const { ended } = await repl.run(
      `import threading\nthreading.Thread(target=llm_query, args=("a",)).start()\n${code}`,
      { timeoutMs: 300, host: silent },
    );
    expect(ended.status).toBe('timeout');
  });
});

describe('an interrupt', () => {
  it('that comes before the cell has begun stops that cell, keeps the state, and leaves the next one alone', async () => {
    const repl = await sandboxes.open();
    await repl.print('kept = 1');
    for (let time = 0; time < 30; time += 1) {
      const begun = await repl.begin('import time\ntime.sleep(60)');
      await repl.broker.interrupt({ cellId: begun.cellId, reason: 'at once' });
      expect((await repl.follow(begun, silent)).ended).toMatchObject({ status: 'interrupted', note: 'at once' });
      expect(await repl.print('kept')).toBe('1\n');
    }
  });

  it('stops a cell, also one that waits for an answer, and keeps the state', async () => {
    const repl = await sandboxes.open();
    const { cellId, after } = await repl.begin('x = 1\nllm_query("a")');
    await repl.broker.events({ after, waitMs: 5_000 });
    await repl.broker.interrupt({ cellId, reason: 'cancelled by the user' });
    expect((await repl.follow({ cellId, after }, silent)).ended).toMatchObject({
      status: 'interrupted',
      note: 'cancelled by the user',
    });
    expect(await repl.print('x')).toBe('1\n');
  });

  it('for a cell that ended changes nothing', async () => {
    const repl = await sandboxes.open();
    await repl.run('x = 1', { cellId: 'gone' });
    await repl.broker.interrupt({ cellId: 'gone', reason: 'late' });
    expect(await repl.print('x')).toBe('1\n');
  });
});

describe('a kernel that dies', () => {
  it.each([
    ['import os; os._exit(1)', 'The Python process exited with code 1 (os._exit?). Its variables are gone.'],
    [
      'import ctypes; ctypes.string_at(0)',
      'The Python process was killed by signal 11 (segmentation fault). Its variables are gone.',
    ],
    ['import os; os.closerange(3, 1000)', 'The Python process closed its channel to the host. Its variables are gone.'],
    ['import os; os.abort()', 'The Python process was killed by signal 6 (aborted). Its variables are gone.'],
  ])('%s is told with what happened, and another one can be started with the inputs', async (code, note) => {
    const repl = await sandboxes.open({}, { given: [1, 2] });
    const before = repl.kernelId;
    const { ended } = await repl.run(`print("shown")\n${code}`);
    expect(ended).toMatchObject({ status: 'kernel-died', stdout: { head: 'shown\n' }, note });
    await repl.startKernel();
    expect(repl.kernelId).not.toBe(before);
    expect(await repl.print('given')).toBe('[1, 2]\n');
  });

  it('between cells is told at the next one', async () => {
    const repl = await sandboxes.open();
    await repl.run('import threading, os\nthreading.Timer(0.05, os._exit, [3]).start()');
    await expect.poll(async () => (await repl.broker.health()).kernelId).toBeNull();
    expect((await repl.run('1')).ended).toMatchObject({
      status: 'kernel-died',
      note: 'The Python process exited with code 3 (os._exit?). Its variables are gone.',
    });
  });

  it('from recursion in C leaves the broker alive', async () => {
    const repl = await sandboxes.open();
    const { ended } = await repl.run(
      'import sys\nsys.setrecursionlimit(10**8)\nclass A:\n    def __repr__(self): return repr(self)\nrepr(A())',
    );
    expect(['kernel-died', 'error']).toContain(ended.status);
    await repl.startKernel();
    expect(await repl.print('1')).toBe('1\n');
  });
});

describe('memory', () => {
  it('that a single process takes too much of is an ordinary error', async () => {
    const repl = await sandboxes.open();
    const { ended } = await repl.run('kept = 1\nhog = []\nwhile True: hog.append(bytearray(10_000_000))');
    expect(ended).toMatchObject({ status: 'error', error: { type: 'MemoryError' } });
    expect(await repl.print('hog = None; kept')).toBe('1\n');
  });

  it('that several processes take too much of costs them their lives, and not the broker its', async () => {
    const repl = await sandboxes.open();
    const { ended } = await repl.run(
      'import os\nfor _ in range(6):\n    if os.fork() == 0: break\nhog = b"x" * 300_000_000\nimport time; time.sleep(5 if hog else 0)',
      { timeoutMs: 3_000 },
    );
    expect(['kernel-died', 'timeout', 'error', 'ok']).toContain(ended.status);
    if (ended.status === 'kernel-died') expect(ended.note).toMatch(/ran out of memory \(limit 512 MiB\)/);
    expect((await repl.broker.health()).python).toMatch(/^3\./);
  });

  it('of temporary files is limited', async () => {
    const repl = await sandboxes.open();
    const code = (path: string) => `
written = 0
try:
    with open("${path}", "wb") as file:
        while True: written += file.write(b"x" * 1_000_000)
except OSError as error:
    print(error.strerror, written < 300_000_000)
import os; os.remove("${path}")`;
    for (const path of ['/tmp/full', '/dev/shm/full', '/home/agent/full']) {
      expect(await repl.print(code(path))).toBe('No space left on device True\n');
    }
  });
});

describe('a fork bomb', () => {
  it('reaches the limit of processes, and the sandbox can still be deleted', async () => {
    const repl = await sandboxes.open();
    const { ended } = await repl.run('import os\nwhile True: os.fork()', { timeoutMs: 3_000 });
    expect(['error', 'timeout', 'kernel-died']).toContain(ended.status);
    await sandboxes.provider().delete(repl.reference);
  });

  it('of threads is an ordinary error', async () => {
    const repl = await sandboxes.open();
    const { ended } = await repl.run(
      'import threading\nstop = threading.Event()\ntry:\n    while True: threading.Thread(target=stop.wait, daemon=True).start()\nfinally: stop.set()',
    );
    expect(ended).toMatchObject({ status: 'error', error: { type: 'RuntimeError' } });
  });
});

describe('large values', () => {
  const small = useSandboxes({ memoryBytes: 320 * 1024 ** 2 });

  it('may be sent again and again: calls that were answered do not fill the memory of the broker', async () => {
    const repl = await small.open();
    const { ended, calls } = await repl.run('text = "x" * 20_000_000\nfor _ in range(14): llm_query(text)', {
      host: () => [{ index: 0, value: 'seen' }],
    });
    expect(ended.status).toBe('ok');
    expect(calls).toHaveLength(14);
  });
});
