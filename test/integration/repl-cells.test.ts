import { beforeAll, describe, expect, it } from 'vitest';
import { type SandboxRepl, testedProvider, useSandboxes } from '../support/sandbox-repl.ts';

const sandboxes = useSandboxes();
let repl: SandboxRepl;

beforeAll(async () => {
  repl = await sandboxes.open({}, { documents: ['a', 'b'], question: 'why?' });
});

describe('state', () => {
  it('keeps variables, imports and functions from cell to cell', async () => {
    await repl.print('import math\nx = 2\ndef square(n):\n    return n * n');
    expect(await repl.print('square(x) + math.floor(1.5)')).toBe('5\n');
  });

  it('keeps what was set before an exception', async () => {
    await repl.run('before = 1\nraise ValueError("no")\nafter = 2');
    expect(await repl.print('before, "after" in globals()')).toBe('(1, False)\n');
  });

  it('puts back inputs and functions that a cell overwrote or deleted', async () => {
    await repl.print('documents = 1\nllm_query = None\ndel SUBMIT, rlm_query\nSHOW_VARS = 3');
    expect(
      await repl.print('documents, callable(llm_query), callable(SUBMIT), callable(rlm_query), callable(SHOW_VARS)'),
    ).toBe("(['a', 'b'], True, True, True, True)\n");
  });

  it('gets an input that comes later, and puts it back too', async () => {
    const { broker, kernelId } = repl;
    await repl.print('late = "mine"');
    const set = async (value: unknown) => {
      await broker.putInput('late', Buffer.from(JSON.stringify(value)));
      await broker.setInput({ kernelId, name: 'late' });
    };
    await set('first \u{1f600}');
    expect(await repl.print('late, late_before')).toBe("('first \u{1f600}', 'mine')\n");
    await repl.print('late = None');
    expect(await repl.print('late')).toBe("'first \u{1f600}'\n");
    await set('x'.repeat(3_000_000));
    await set('x'.repeat(3_000_000));
    expect(await repl.print('len(late), late_before')).toBe("(3000000, 'mine')\n");
  });

  it('refuses an input that was not sent, or that is for another kernel', async () => {
    const { broker, kernelId } = repl;
    await expect(broker.setInput({ kernelId, name: 'missing' })).rejects.toThrow('an input that was not sent: missing');
    await expect(broker.setInput({ kernelId: 'other', name: 'late' })).rejects.toThrow('is not running here');
  });

  it('takes no notice of an input for a kernel that died; its next cell tells', async () => {
    const other = await sandboxes.open();
    await other.run('import os\nos._exit(3)');
    await other.broker.putInput('late', Buffer.from('1'));
    await other.broker.setInput({ kernelId: other.kernelId, name: 'late' });
    expect((await other.run('late')).ended.status).toBe('kernel-died');
  });

  it('lists names and types of the variables', async () => {
    await repl.print('shown = {}');
    expect(await repl.print('v = SHOW_VARS(); v["shown"], v["documents"], "llm_query" in v, "math" in v')).toBe(
      "('dict', 'list', False, False)\n",
    );
  });

  it('lets classes of a cell be pickled and inspected', async () => {
    await repl.print('import pickle, dataclasses\n@dataclasses.dataclass\nclass Point:\n    x: int');
    expect(await repl.print('pickle.loads(pickle.dumps(Point(3)))')).toBe('Point(x=3)\n');
  });

  it('seeds hashing and random, so that a rebuilt kernel goes the same way', async () => {
    const code = 'import random\nprint(hash("text"), random.random(), list({"p", "q", "r", "s"}))';
    const first = await (await sandboxes.open()).print(code);
    const second = await (await sandboxes.open()).print(code);
    const otherSeed = await (await sandboxes.open({ seed: 8 })).print(code);
    expect(second).toBe(first);
    expect(otherSeed).not.toBe(first);
  });

  it('leaves module names free for the code of the model', async () => {
    expect(await repl.print('open("cell.py", "w").write("here = 1")\nimport cell\ncell.here')).toBe('1\n');
  });
});

describe('output', () => {
  it('shows the value of a last expression after the prints, and None not at all', async () => {
    expect(await repl.print("print('hi'); 5")).toBe('hi\n5\n');
    expect(await repl.print('None')).toBe('');
    expect(await repl.print("'text'")).toBe("'text'\n");
  });

  it('shows what was printed before an exception', async () => {
    const { ended } = await repl.run('print("seen")\n1 / 0');
    expect(ended.status).toBe('error');
    expect(ended.stdout.head).toBe('seen\n');
  });

  it('keeps stdout and stderr apart, and includes what other processes write', async () => {
    const { ended } = await repl.run(
      'import os, subprocess, sys\nprint("one")\nos.system("echo two")\nsubprocess.run(["sh", "-c", "echo three; echo bad >&2"])\nprint("worse", file=sys.stderr)\nNone',
    );
    expect(ended.stdout.head).toBe('one\ntwo\nthree\n');
    expect(ended.stderr.head).toBe('bad\nworse\n');
  });

  it('is safe for any text and any bytes', async () => {
    const { ended } = await repl.run(
      'import os\nprint("naïve 日本 🎉")\nprint("lone \\udc80 surrogate")\nprint(\'{"json": [1]}\')\nos.write(1, b"\\xff\\xfe bytes\\n")\nos.system("printf \'\\\\303\'")\nNone',
    );
    expect(ended.stdout.head).toBe('naïve 日本 🎉\nlone \\udc80 surrogate\n{"json": [1]}\n\ufffd\ufffd bytes\n\ufffd');
  });

  it('keeps head and tail of 100 MB, with the true length', async () => {
    const { ended, events } = await repl.run(
      'print("start")\nfor _ in range(1000):\n    print("y" * 99_999)\nprint("end")',
    );
    expect(ended.status).toBe('ok');
    expect(ended.stdout.length).toBe(100_000_010);
    expect(ended.stdout.head).toHaveLength(100_000);
    expect(ended.stdout.tail).toHaveLength(100_000);
    expect(ended.stdout.head.startsWith('start\ny')).toBe(true);
    expect(ended.stdout.tail.endsWith('y\nend\n')).toBe(true);
    const live = events.filter((event) => event.type === 'output').map((event) => event.text.length);
    expect(live.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(256 * 1024);
  });

  it('survives one print of 100 MB', async () => {
    const { ended } = await repl.run('print("z" * 100_000_000)');
    expect(ended).toMatchObject({ status: 'ok', stdout: { length: 100_000_001 } });
  });

  it('arrives while the cell runs', async () => {
    const { cellId, after } = await repl.begin('print("early", flush=True)\nllm_query("go on")');
    const first = await repl.broker.events({ after, waitMs: 5_000 });
    const second = await repl.broker.events({ after: first.cursor, waitMs: 5_000 });
    expect([...first.events, ...second.events]).toContainEqual(
      expect.objectContaining({ type: 'output', cellId, stream: 'stdout', text: 'early\n' }),
    );
    await repl.follow({ cellId, after }, ({ type }) => (type === 'call' ? [{ index: 0, value: 'ok' }] : undefined));
  });

  it('works again after a cell closed or replaced its streams', async () => {
    await repl.run('import sys, os, io\nsys.stdout.close()\nos.close(1)\nos.close(2)\nsys.stderr = io.StringIO()');
    expect(await repl.print('print("back")')).toBe('back\n');
  });

  it('of a process that never stops writing does not hold up the end of the cell', async () => {
    expect((await repl.run('import subprocess\nnoise = subprocess.Popen(["yes"])')).ended.status).toBe('ok');
    await repl.run('noise.kill(); noise.wait()');
  });
});

describe('errors', () => {
  it('show the lines of the model and no others', async () => {
    await repl.print('def parse(text):\n    import json\n    return json.loads(text)');
    const { ended } = await repl.run('parse("{")', { cellId: 'agent/12' });
    expect(ended.error?.type).toBe('JSONDecodeError');
    expect(ended.error?.traceback).toContain('File "<cell 12>", line 1, in <module>\n    parse("{")');
    expect(ended.error?.traceback).toContain('return json.loads(text)');
    expect(ended.error?.traceback).not.toMatch(/decoder\.py|opt\/rlm|execution/);
  });

  it('of syntax point at the place, and nothing has run', async () => {
    const { ended } = await repl.run('print("no")\nif True print("x")');
    expect(ended.error?.type).toBe('SyntaxError');
    expect(ended.error?.traceback).toContain('if True print("x")');
    expect(ended.stdout.head).toBe('');
  });

  it('of chained exceptions are all shown', async () => {
    const { ended } = await repl.run(
      'try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise KeyError("second") from e',
    );
    expect(ended.error?.traceback).toMatch(/ZeroDivisionError[\s\S]*direct cause[\s\S]*KeyError/);
  });

  it('that cannot be printed are still errors', async () => {
    const { ended } = await repl.run(
      'class Odd(Exception):\n    def __str__(self):\n        raise OSError\nraise Odd()',
    );
    expect(ended).toMatchObject({ status: 'error', error: { type: 'Odd' } });
  });

  it.each([
    ['without a name', 'raise type("", (Exception,), {})("x")', 'Exception'],
    ['with an endless name', 'raise type("E" * 5_000, (Exception,), {})("x")', 'E'.repeat(200)],
    [
      'of an exit with a code that cannot be shown',
      'class Odd:\n    def __repr__(self):\n        raise OSError\nraise SystemExit(Odd())',
      'SystemExit',
    ],
  ])('%s are ordinary ones', async (_, code, type) => {
    expect((await repl.run(code)).ended).toMatchObject({ status: 'error', error: { type } });
  });

  it('with enormous messages are cut', async () => {
    const { ended } = await repl.run('raise ValueError("v" * 10_000_000)');
    expect(ended.error?.message.length).toBeLessThan(30_000);
  });

  it('of recursion are ordinary ones', async () => {
    const { ended } = await repl.run('def deeper():\n    deeper()\ndeeper()');
    expect(ended).toMatchObject({ status: 'error', error: { type: 'RecursionError' } });
    expect(await repl.print('1')).toBe('1\n');
  });

  it('of input() say that nobody is there', async () => {
    const { ended } = await repl.run('input("name? ")');
    expect(ended.error?.message).toMatch(/input\(\) is not available/);
  });

  it.each(['import sys\nsys.exit()', 'exit()', 'quit(3)', 'raise SystemExit("done")'])(
    '%j ends the cell and nothing else',
    async (code) => {
      await repl.print('kept = 1');
      const { ended } = await repl.run(code);
      expect(ended).toMatchObject({ status: 'error', error: { type: 'SystemExit' } });
      expect(ended.error?.message).toMatch(/the REPL goes on/);
      expect(await repl.print('kept')).toBe('1\n');
    },
  );
});

describe('await at top level', () => {
  it('works, and tasks live on in later cells', async () => {
    expect(
      await repl.print(
        'import asyncio\nasync def later(x):\n    await asyncio.sleep(0.001)\n    return x\ntask = asyncio.create_task(later(5)) if False else None\nawait later(4)',
      ),
    ).toBe('4\n');
    await repl.print('await asyncio.sleep(0)\ntask = asyncio.create_task(later(6))');
    expect(await repl.print('await task')).toBe('6\n');
  });

  it('leaves asyncio.run usable', async () => {
    expect(await repl.print('asyncio.run(later(7))')).toBe('7\n');
    expect(await repl.print('await later(8)')).toBe('8\n');
  });
});

it.runIf(testedProvider === 'local')('works in /home/agent', async () => {
  expect(await repl.print('import os; os.getcwd()')).toBe("'/home/agent'\n");
});
