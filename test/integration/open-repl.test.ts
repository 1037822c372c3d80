import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadSettings, openRepl, type Settings, tool } from '../../src/index.ts';

let settings: Settings;
beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rlm-repl-'));
  settings = loadSettings({ directory, environment: { RLM_DATA_DIR: directory, RLM_SANDBOX: 'local' } });
});
afterAll(() => rm(settings.dataDirectory, { recursive: true, force: true }));

describe('a REPL without an agent', () => {
  it('keeps its state from one execution to the next, starts with the inputs, and goes when it is disposed of', async () => {
    {
      await using repl = await openRepl({ settings, inputs: { numbers: [1, 2, 3] } });
      expect(await repl.execute('total = sum(numbers)\nprint("hi")\ntotal')).toMatchObject({
        status: 'ok',
        stdout: 'hi\n6\n',
        error: null,
      });
      expect(await repl.execute('total / 0')).toMatchObject({ status: 'error', error: { type: 'ZeroDivisionError' } });
      expect((await repl.execute('total * 2')).stdout).toBe('12\n');
    }
    expect((await readdir(join(settings.dataDirectory, 'sandboxes'))).filter((name) => name.endsWith('.json'))).toEqual(
      [],
    );
  });

  it('bridges tools, from several threads too, and their errors', async () => {
    const square = tool({
      description: 'Squares.',
      parameters: z.object({ n: z.number() }),
      execute: ({ n }) => {
        if (n < 0) throw new Error('too small');
        return n * n;
      },
    });
    await using repl = await openRepl({ settings, tools: { square } });
    const threads =
      'from concurrent.futures import ThreadPoolExecutor\nlist(ThreadPoolExecutor(4).map(square, range(5)))';
    expect((await repl.execute(threads)).stdout).toBe('[0, 1, 4, 9, 16]\n');
    expect((await repl.execute('square(-1)')).error?.message).toContain('too small');
    expect((await repl.execute('square("x")')).error?.message).toContain('n');
  });

  it('takes typed submissions', async () => {
    await using repl = await openRepl({ settings, outputs: z.object({ count: z.int(), names: z.array(z.string()) }) });
    expect((await repl.execute('SUBMIT("many", [])')).error?.message).toContain('count');
    expect(await repl.execute('SUBMIT("7", names=["a"])\nprint("never")')).toMatchObject({
      status: 'submitted',
      stdout: '',
      submitted: { count: 7, names: ['a'] },
    });
  });

  it('streams output while it runs', async () => {
    const heard: string[] = [];
    await using repl = await openRepl({ settings, onOutput: (stream, text) => heard.push(`${stream}: ${text}`) });
    await repl.execute('import time\nprint("first", flush=True)\ntime.sleep(0.6)\nprint("last")');
    expect(heard[0]).toBe('stdout: first\n');
  });

  it('goes on in a new kernel when one dies', async () => {
    await using repl = await openRepl({ settings, inputs: { kept: 1 } });
    expect(await repl.execute('import os\nos._exit(3)')).toMatchObject({ status: 'kernel-died' });
    expect((await repl.execute('kept')).stdout).toBe('1\n');
  });
});
