import { beforeAll, describe, expect, it } from 'vitest';
import { type Host, type SandboxRepl, useSandboxes } from '../support/sandbox-repl.ts';

const sandboxes = useSandboxes();
let single: SandboxRepl;
let several: SandboxRepl;

beforeAll(async () => {
  [single, several] = await Promise.all([
    sandboxes.open(),
    sandboxes.open({
      outputs: [
        { name: 'answer', pythonType: 'str', required: true, description: 'what was asked for' },
        { name: 'score', pythonType: 'float', required: false, default: 0.5 },
        { name: 'sources', pythonType: 'list[str]', required: true },
      ],
    }),
  ]);
});

const rejecting: Host = () => [{ index: 0, error: "field 'answer' must be str, got int" }];

describe('SUBMIT', () => {
  it('takes fields by position and by name, and fills in defaults', async () => {
    for (const code of [
      'SUBMIT("a", 1, ["s"])',
      'SUBMIT(sources=["s"], answer="a", score=1)',
      'SUBMIT("a", sources=("s",), score=1)',
    ]) {
      const { ended, submissions } = await several.run(code);
      expect(ended.status).toBe('submitted');
      expect(submissions.map((event) => event.values)).toEqual([{ answer: 'a', score: 1, sources: ['s'] }]);
    }
    expect((await several.run('SUBMIT("a", sources=[])')).submissions[0]?.values).toEqual({
      answer: 'a',
      score: 0.5,
      sources: [],
    });
  });

  it.each([
    ['SUBMIT("a")', "is missing 'sources'"],
    ['SUBMIT()', "is missing 'answer', 'sources'"],
    ['SUBMIT("a", 1, [], 4)', 'takes 3 argument(s) but 4 were given'],
    ['SUBMIT("a", sources=[], extra=1)', "unexpected argument 'extra'"],
    ['SUBMIT({1, 2}, sources=[])', "field 'answer' is of type set"],
    ['SUBMIT("a", sources=[], score=float("inf"))', "field 'score' is inf"],
  ])('%s is an error that names the fields', async (code, message) => {
    const { ended, submissions } = await several.run(code);
    expect(ended).toMatchObject({ status: 'error' });
    expect(ended.error?.message).toContain(message);
    expect(submissions).toEqual([]);
  });

  it.each([
    ['""', ''],
    ['0', 0],
    ['False', false],
    ['[]', []],
    ['None', null],
  ])('accepts %s as an answer', async (code, value) => {
    const { ended, submissions } = await single.run(`SUBMIT(${code})`);
    expect(ended.status).toBe('submitted');
    expect(submissions[0]?.values).toEqual({ answer: value });
  });

  it('describes its fields', async () => {
    expect(await several.print('print(SUBMIT.__doc__)')).toBe(
      'SUBMIT(answer: str, score: float = 0.5, sources: list[str])\nHands in the answer and ends the cell.\nanswer: what was asked for\n',
    );
  });

  it('ends the cell at once', async () => {
    const { ended } = await single.run('print("before")\nSUBMIT("x")\nprint("after")');
    expect(ended).toMatchObject({ status: 'submitted', error: null, stdout: { head: 'before\n' } });
  });

  it('that is rejected raises with the reason, and the cell goes on', async () => {
    const { ended } = await single.run('try:\n    SUBMIT(5)\nexcept ValueError as e:\n    print(type(e).__name__, e)', {
      host: rejecting,
    });
    expect(ended).toMatchObject({
      status: 'ok',
      stdout: { head: "SubmitError field 'answer' must be str, got int\n" },
    });
    expect((await single.run('SUBMIT(5)', { host: rejecting })).ended).toMatchObject({
      status: 'error',
      error: { type: 'SubmitError' },
    });
  });

  it('cannot be swallowed by `except Exception`', async () => {
    const { ended } = await single.run(
      'try:\n    SUBMIT("x")\nexcept Exception:\n    print("swallowed")\nprint("after")',
    );
    expect(ended).toMatchObject({ status: 'submitted', stdout: { head: '' } });
  });

  it('counts once even if everything is swallowed: the first one wins, and nothing can be asked any more', async () => {
    const { ended, submissions, calls } = await single.run(
      'for i in range(3):\n    try:\n        SUBMIT(str(i))\n    except BaseException: pass\n    try:\n        llm_query("more")\n    except BaseException: pass',
    );
    expect(ended.status).toBe('submitted');
    expect(submissions.map((event) => event.values)).toEqual([{ answer: '0' }]);
    expect(calls).toEqual([]);
  });

  it('counts even if the cell must be killed afterwards', async () => {
    const repl = await sandboxes.open();
    const { ended } = await repl.run('while True:\n    try:\n        SUBMIT("x")\n    except BaseException: pass', {
      timeoutMs: 200,
    });
    expect(ended.status).toBe('submitted');
  });

  it('in a thread ends the cell, also where the main thread waits', async () => {
    const { ended } = await single.run(
      'import threading, time\nthread = threading.Thread(target=SUBMIT, args=("from a thread",))\nthread.start()\nthread.join()\ntime.sleep(60)\nprint("after")',
    );
    expect(ended).toMatchObject({ status: 'submitted', stdout: { head: '' }, stderr: { head: '' } });
  });

  it('of many threads is accepted once', async () => {
    const { ended, submissions } = await single.run(
      'from concurrent.futures import ThreadPoolExecutor\nlist(ThreadPoolExecutor(8).map(SUBMIT, "abcdefgh"))',
    );
    expect(ended.status).toBe('submitted');
    expect(submissions).toHaveLength(1);
  });

  it('works in a coroutine', async () => {
    const { ended } = await single.run(
      'import asyncio\nasync def hand_in():\n    SUBMIT("x")\nasync def wait():\n    await asyncio.sleep(60)\nawait asyncio.gather(wait(), hand_in())',
    );
    expect(ended.status).toBe('submitted');
    expect((await single.run('await asyncio.sleep(0)')).ended).toMatchObject({ status: 'ok', stderr: { head: '' } });
  });

  it('in a string, a comment or a branch not taken is none', async () => {
    const { ended, submissions } = await single.run('# SUBMIT("x")\n"SUBMIT(1)"\nif False:\n    SUBMIT("x")');
    expect(ended.status).toBe('ok');
    expect(submissions).toEqual([]);
  });

  it('keeps the order of keys', async () => {
    const { submissions } = await single.run('SUBMIT({"z": 1, "a": {"y": 1, "b": 2}})');
    expect(JSON.stringify(submissions[0]?.values)).toBe('{"answer":{"z":1,"a":{"y":1,"b":2}}}');
  });
});

describe('FINAL and FINAL_VAR', () => {
  it('hand in the single field', async () => {
    expect((await single.run('FINAL("x")')).submissions[0]?.values).toEqual({ answer: 'x' });
    expect((await single.run('found = ["y"]\nFINAL_VAR("found")')).submissions[0]?.values).toEqual({ answer: ['y'] });
  });

  it('are errors where there are several fields', async () => {
    expect((await several.run('FINAL("x")')).ended.error?.message).toContain('use SUBMIT(answer: str');
    expect((await several.run('x = 1\nFINAL_VAR("x")')).ended.error?.message).toContain('use SUBMIT(answer: str');
  });

  it('name the variables there are where the name is unknown', async () => {
    const { ended } = await single.run('total = 1\nFINAL_VAR("totals")');
    expect(ended.error?.message).toMatch(/there is no variable 'totals'; the variables are: .*total/);
    expect((await single.run('FINAL_VAR(total)')).ended.error?.message).toContain('use FINAL(value)');
  });
});
