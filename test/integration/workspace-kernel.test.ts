import { beforeAll, describe, expect, it } from 'vitest';
import { type Host, type SandboxRepl, useSandboxes } from '../support/sandbox-repl.ts';

const sandboxes = useSandboxes();
let repl: SandboxRepl;

beforeAll(async () => {
  repl = await sandboxes.open({ workspace: true });
});

/** Answers each task with itself in capitals, and with a patch where one is asked for; fails those named `fail`. */
const subAgents: Host = (event) => {
  if (event.type === 'submit') return [{ index: 0, value: true }];
  const { tasks } = event.arguments as { tasks: { task: string; patch?: true }[] };
  return tasks.map(({ task, patch }, index) => {
    if (task === 'fail') return { index, error: 'it failed' };
    const answer = task.toUpperCase();
    return { index, value: patch ? { answer, patch: `patch of ${task}` } : answer };
  });
};

describe('a kernel with a workspace', () => {
  it('has edit_file and apply_patch, which are put back before every cell and are no variables', async () => {
    expect(await repl.print('edit_file("/etc/passwd", "a", "b"), apply_patch("")')).toBe(
      "('Error: /etc/passwd is outside of /workspace; only files inside of it can be edited', 'Nothing to apply: the patch is empty.')\n",
    );
    await repl.print('edit_file = apply_patch = None');
    expect(await repl.print('callable(edit_file), callable(apply_patch)')).toBe('(True, True)\n');
    expect(await repl.print('"edit_file" in str(SHOW_VARS())')).toBe('False\n');
    expect(await repl.print('print(edit_file.__doc__)')).toMatch(
      /^edit_file\(path: str, old: str, new: str, replace_all: bool = False\)\n/,
    );
  });

  it('leaves the names of its own modules to the model', async () => {
    const names = '["edit_file", "apply_patch", "text_file", "refusal", "workspace_functions"]';
    expect(await repl.print(`import sys\n[name in sys.modules for name in ${names}]`)).toBe(
      '[False, False, False, False, False]\n',
    );
  });

  it('asks for a patch, and returns it with the answer', async () => {
    const code = `r = rlm_query("a", patch=True)
answer, patch = r
print(r.answer, r.patch, answer == r.answer, patch == r.patch, type(r).__name__)
print(tuple(await rlm_query_async("b", 1, patch=True)))
print(rlm_query("c"), rlm_query("d", patch=False))`;
    const { ended, calls } = await repl.run(code, { host: subAgents });
    expect(ended.stdout.head).toBe("A patch of a True True SubAgentResult\n('B', 'patch of b')\nC D\n");
    expect(calls.map((call) => call.arguments)).toEqual([
      { tasks: [{ task: 'a', context: null, patch: true }] },
      { tasks: [{ task: 'b', context: 1, patch: true }] },
      { tasks: [{ task: 'c', context: null }] },
      { tasks: [{ task: 'd', context: null }] },
    ]);
  });

  it('asks for patches of a whole batch or of single tasks, where a failed one is a string', async () => {
    const code = `print([tuple(r) if isinstance(r, tuple) else r for r in rlm_query_batched(["a", "fail", {"task": "b", "patch": False}], patch=True)])
print([tuple(r) if isinstance(r, tuple) else r for r in await rlm_query_batched_async(["a", {"task": "b", "context": 1, "patch": True}])])
print(rlm_query_batched([], patch=True))`;
    const { ended, calls } = await repl.run(code, { host: subAgents });
    expect(ended.stdout.head).toBe("[('A', 'patch of a'), 'Error: it failed', 'B']\n['A', ('B', 'patch of b')]\n[]\n");
    expect(calls.map((call) => call.arguments.tasks)).toEqual([
      [
        { task: 'a', context: null, patch: true },
        { task: 'fail', context: null, patch: true },
        { task: 'b', context: null },
      ],
      [
        { task: 'a', context: null },
        { task: 'b', context: 1, patch: true },
      ],
    ]);
  });

  it.each([
    ['rlm_query("a", patch="yes")', 'TypeError', 'patch must be True or False, not str'],
    ['rlm_query_batched([{"task": "a", "patch": 1}])', 'TypeError', 'tasks[0]: patch must be True or False, not int'],
    [
      'rlm_query_batched([{"task": "a", "diff": True}])',
      'ValueError',
      'expected "task" and maybe "context" and "patch"',
    ],
  ])('raises at once for %s', async (code, type, message) => {
    const { ended, calls } = await repl.run(code);
    expect([ended.error?.type, calls]).toEqual([type, []]);
    expect(ended.error?.message).toContain(message);
  });
});

describe('a kernel without a workspace', () => {
  it('has neither function, and refuses to ask for patches', async () => {
    const plain = await sandboxes.open();
    expect(await plain.print('"edit_file" in globals(), "apply_patch" in globals()')).toBe('(False, False)\n');
    for (const code of [
      'rlm_query("a", patch=True)',
      'await rlm_query_async("a", patch=True)',
      'rlm_query_batched(["a"], patch=True)',
      'rlm_query_batched([], patch=True)',
      'rlm_query_batched([{"task": "a", "patch": True}])',
      'await rlm_query_batched_async(["a"], patch=True)',
    ]) {
      const { ended, calls } = await plain.run(code);
      expect([ended.error?.type, calls]).toEqual(['ValueError', []]);
      expect(ended.error?.message).toContain('there is no workspace here');
    }
    expect(await plain.print('rlm_query("a", patch=False)', subAgents)).toBe("'A'\n");
  });
});
