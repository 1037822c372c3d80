import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BrokerClient } from '../../src/repl/broker-client.ts';
import { createDaytonaProvider } from '../../src/sandbox/daytona.ts';
import { createLocalProvider } from '../../src/sandbox/local.ts';
import type { SandboxProvider } from '../../src/sandbox/provider.ts';
import { startDaytonaStandIn } from '../support/daytona/stand-in.ts';
import { daytonaSettings } from '../support/daytona-settings.ts';
import { oneOutput, SandboxRepl } from '../support/sandbox-repl.ts';

const versions = ['3.9', '3.10', '3.11', '3.12', '3.13', '3.14'];

/** A program for each version of Python that this machine has, on the PATH or installed by pyenv. */
function installedPythons(): [version: string, program: string][] {
  const pyenv = join(process.env.PYENV_ROOT ?? '', 'versions');
  const managed = process.env.PYENV_ROOT && existsSync(pyenv) ? readdirSync(pyenv) : [];
  return versions.flatMap((version) => {
    const candidates = [
      ...managed.filter((name) => name.startsWith(`${version}.`)).map((name) => join(pyenv, name, 'bin', 'python3')),
      `python${version}`,
    ];
    const program = candidates.find(starts);
    return program ? [[version, program] as [string, string]] : [];
  });
}

function starts(program: string): boolean {
  try {
    execFileSync(program, ['-I', '-S', '-c', ''], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

interface Place {
  provider: SandboxProvider;
  resources: AsyncDisposableStack;
}

/** Where a Python runs: in a local sandbox, and in one of a stand-in of Daytona. */
const places: { title: string; open(program: string): Promise<Place> }[] = [
  {
    title: 'in a local sandbox',
    async open(program) {
      const resources = new AsyncDisposableStack();
      const dataDirectory = mkdtempSync(join(tmpdir(), 'rlm-test-'));
      resources.defer(() => rmSync(dataDirectory, { recursive: true }));
      const before = process.env.RLM_PYTHON;
      process.env.RLM_PYTHON = program;
      resources.defer(() => {
        if (before === undefined) delete process.env.RLM_PYTHON;
        else process.env.RLM_PYTHON = before;
      });
      return { provider: resources.use(createLocalProvider({ dataDirectory })), resources };
    },
  },
  {
    title: 'in one at Daytona',
    async open(program) {
      const resources = new AsyncDisposableStack();
      const { apiKey, apiUrl } = resources.use(await startDaytonaStandIn({ python: program }));
      const settings = daytonaSettings({ apiKey, apiUrl });
      return { provider: resources.use(createDaytonaProvider({ settings, namespace: 'test' })), resources };
    },
  },
];

describe.each(installedPythons())('with Python %s', (version, program) => {
  it.each(places)('cells, calls, await, submissions, time limits and deaths work, $title', async ({ open }) => {
    const { provider, resources } = await open(program);
    const reference = await provider.create({ id: `python-${version}`, labels: {} });
    try {
      const broker = new BrokerClient(await provider.connect(reference));
      await broker.putInput('given', Buffer.from('[1, "é"]'));
      const start = { inputs: ['given'], outputs: oneOutput, tools: [], subAgents: true, queries: true, seed: 1 };
      const repl = await new SandboxRepl(broker, reference, start).startKernel();
      expect(await repl.print('import sys\ngiven, "%d.%d" % sys.version_info[:2]')).toBe(`([1, 'é'], '${version}')\n`);
      expect(await repl.print('[p for p in sys.path if "rlm" in p]')).toBe('[]\n');
      expect(
        await repl.print(
          'hash("fixed") == int(__import__("subprocess").run([sys.executable, "-c", "print(hash(\'fixed\'))"], capture_output=True, text=True).stdout)',
        ),
      ).toBe('True\n');
      const failed = await repl.run('def f():\n    return 1 / 0\nf()', { cellId: 'x/9' });
      expect(failed.ended.error?.traceback).toMatch(
        /^Traceback \(most recent call last\):\n {2}File "<cell 9>", line 3, in <module>\n {4}f\(\)\n/,
      );
      expect((await repl.run('if True print(1)')).ended.error?.type).toBe('SyntaxError');
      expect(await repl.print('llm_query("a"), llm_query_batched(["b", "c"])')).toBe("('A', ['B', 'C'])\n");
      expect(await repl.print('import asyncio\nawait asyncio.gather(llm_query_async("a"), llm_query_async("b"))')).toBe(
        "['A', 'B']\n",
      );
      expect(
        await repl.print(
          'from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(4) as pool:\n    print(list(pool.map(llm_query, ["x", "y"])))',
        ),
      ).toBe("['X', 'Y']\n");
      expect((await repl.run('import time\ntime.sleep(60)', { timeoutMs: 100 })).ended.status).toBe('timeout');
      expect((await repl.run('await asyncio.sleep(60)', { timeoutMs: 100 })).ended.status).toBe('timeout');
      expect(
        (
          await repl.run(
            'import threading\nt = threading.Thread(target=SUBMIT, args=("a",)); t.start(); t.join(); time.sleep(60)',
          )
        ).ended,
      ).toMatchObject({
        status: 'submitted',
        stderr: { head: '' },
      });
      expect((await repl.run('exit()')).ended.error?.type).toBe('SystemExit');
      expect((await repl.run('def g(): g()\ng()')).ended.error?.type).toBe('RecursionError');
      expect((await repl.run('import os; os._exit(2)')).ended.status).toBe('kernel-died');
      await repl.startKernel();
      expect(await repl.print('given')).toBe("[1, 'é']\n");
    } finally {
      await provider.delete(reference);
      await resources.disposeAsync();
    }
  });
});
