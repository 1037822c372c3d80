import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build } from '../../scripts/build.ts';
import type { RunDocument } from '../../src/results/run-document.ts';
import { GitRepository, git } from '../support/git-repository.ts';
import type { RlmFolder } from '../support/rlm-command.ts';
import { RlmDev } from '../support/rlm-dev.ts';

const model = ['-m', 'scripted/obey'];
const change = 'open("new.txt", "w").write("made\\n")';

let folder: RlmFolder;
let repository: GitRepository;
let dev: RlmDev;

beforeAll(async () => {
  await build(() => {});
  repository = new GitRepository({ 'README.md': 'hello\n', '.gitignore': '*.log\n' });
  dev = await RlmDev.start();
  folder = dev.folder;
});

afterAll(async () => {
  await dev?.[Symbol.asyncDispose]();
  repository?.[Symbol.dispose]();
});

const repo = (task: string, ...options: string[]) =>
  folder.rlm(['repo', repository.directory, '-p', task, ...model, ...options]);

async function made(patch: string): Promise<string> {
  return readFile(join(repository.patched(patch), 'new.txt'), 'utf8');
}

describe('rlm repo', () => {
  test('prints the patch alone; the answer, the story and the figures go to standard error', async () => {
    const { code, stdout, stderr } = await repo(change);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^diff --git a\/new\.txt b\/new\.txt\nnew file mode 100644\n/);
    expect(await made(stdout)).toBe('made\n');
    expect(stderr).toContain('\ndid as I was told\n');
    expect(stderr).toMatch(/── .* iteration 1 ──/);
    expect(stderr).toMatch(/patch +\d+ bytes/);
    expect(stderr).toMatch(/run project_\d{8}_\d{6}_\w+ completed/);
  });

  test('-o writes the patch to a file, and the results hold it too', async () => {
    const { code, stdout, stderr } = await repo(change, '-o', 'output.patch', '--quiet', '--id', 'to-file');
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
    const patch = await readFile(folder.path('output.patch'), 'utf8');
    expect(await made(patch)).toBe('made\n');
    const commit = repository.head();
    const signature = 'task: str -> answer: str';
    expect(await folder.json('results', 'to-file.json')).toMatchObject({
      ...{ patch, commit, signature, repository: repository.directory, root: { patch } },
    });
  });

  test('--json prints the whole results', async () => {
    const { stdout } = await repo(change, '--json', '--quiet', '-o', 'beside-json.patch');
    const { patch } = JSON.parse(stdout) as RunDocument;
    expect(await readFile(folder.path('beside-json.patch'), 'utf8')).toBe(patch);
  });

  test('nothing changed: one line says so, there is no file, and the exit code is as it was', async () => {
    const result = await repo('open("a.log", "w").close()', '-o', 'nothing.patch', '--quiet', '--id', 'unchanged');
    const stderr = 'rlm: run unchanged changed nothing: there is no patch\n';
    expect(result).toMatchObject({ code: 0, stdout: '', stderr });
    expect(existsSync(folder.path('nothing.patch'))).toBe(false);
  });

  test('at a limit the patch is there, with exit code 3', async () => {
    const { code, stdout } = await repo(
      `${change}\nraise ValueError("not yet")`,
      '--limit',
      'maxIterations=1',
      '--quiet',
    );
    expect(code).toBe(3);
    expect(await made(stdout)).toBe('made\n');
  });

  test('of a run that fails the patch is there, with exit code 4', async () => {
    const task = `${change}\nraise ValueError("fail next")`;
    const { code, stdout, stderr } = await repo(task, '--quiet');
    expect(code).toBe(4);
    expect(await made(stdout)).toBe('made\n');
    expect(stderr).toMatch(/^rlm: run \S+ failed: .*\n$/);
  });

  test('of a run that is cancelled too, with exit code 130', async () => {
    const task = `${change}\nprint("begun", flush=True)\nllm_query("wait")`;
    const running = folder.start(['repo', repository.directory, '-p', task, ...model, '-o', 'cancelled.patch']);
    await running.said('→ llm_query');
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 130, stdout: '' });
    expect(await made(await readFile(folder.path('cancelled.patch'), 'utf8'))).toBe('made\n');
  });

  test('one that was left to the background is asked for its patch later', async () => {
    const detached = await repo(change, '--detach', '--id', 'later');
    expect(detached).toMatchObject({ code: 0, stdout: 'later\n' });
    const { stdout, stderr } = await folder.rlm(['result', 'later']);
    expect(await made(stdout)).toBe('made\n');
    expect(stderr).toContain('did as I was told');
    expect(await folder.rlm(['result', 'later', '-o', 'later.patch'])).toMatchObject({ code: 0, stdout: '' });
    expect(await readFile(folder.path('later.patch'), 'utf8')).toBe(stdout);
  });

  test('takes a relative path, a branch, a commit, and a task from a file', async () => {
    using other = new GitRepository();
    const first = other.head();
    git(other.directory, 'branch', 'old');
    other.commit({ 'a.txt': 'a' });
    await writeFile(
      folder.path('task.md'),
      'import os\nopen("seen.txt", "w").write(" ".join(sorted(os.listdir("."))))',
    );
    git(folder.directory, 'clone', '--quiet', '--bare', other.directory, 'bare.git');
    for (const options of [
      ['-b', 'old'],
      ['--branch', 'main', '--commit', first],
      ['--commit', first.slice(0, 7)],
    ]) {
      const { code, stdout } = await folder.rlm([
        'repo',
        './bare.git',
        '-p',
        '@task.md',
        ...model,
        ...options,
        '--quiet',
      ]);
      expect({ code, seen: /^\+(.*README.*)$/m.exec(stdout)?.[1] }).toEqual({
        code: 0,
        seen: '.git README.md seen.txt',
      });
    }
  });

  test('says that what is not committed is not looked at', async () => {
    using other = new GitRepository();
    other.write({ 'README.md': 'edited\n' });
    const { stderr } = await folder.rlm(['repo', other.directory, '-p', 'pass', ...model]);
    expect(stderr).toContain(`uncommitted changes in ${other.directory} are not part of the run`);
  });

  test('is set by the config file, over which the command line goes', async () => {
    const scripts = await readFile(folder.path('config.yaml'), 'utf8');
    const limits =
      'rlm:\n  max_sandboxes: 7\n  global_timeout: 120\n  result_truncation_limit: 500\n  cell_timeout: 30\n';
    await writeFile(
      folder.path('repo.yaml'),
      `model:\n  name: scripted/obey\n  sub: scripted/echo\n${limits}${scripts}`,
    );
    const command = ['repo', repository.directory, '-p', change, '-c', 'repo.yaml', '--json', '--quiet'];
    const { stdout, stderr } = await folder.rlm([...command, '--limit', 'maxSandboxes=9']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      model: 'scripted/obey',
      limits: { maxSandboxes: 9, timeout: 120, resultTruncationLimit: 500, cellTimeout: 30, outputLimit: 60_000 },
    });
  });
});

describe('rlm run --workspace', () => {
  test('prints the outputs, and keeps the patch in the results', async () => {
    const signature = '-> answer: str, size: int';
    const command = ['run', signature, '--workspace', repository.directory, '-m', 'scripted/sizer', '--id', 'sized'];
    const { code, stdout } = await folder.rlm(command);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ answer: 'README.md', size: 6 });
    expect(await folder.json('results', 'sized.json')).toMatchObject({ patch: expect.stringContaining('sized.txt') });
    expect((await folder.rlm(['result', 'sized'])).stdout).toBe(stdout);
  });
});

describe('a mistake is told in one line, with exit code 2, and nothing is started', () => {
  const empty = () => new GitRepository(null);
  const cases: [what: string, args: (nothing: string) => string[], message: RegExp][] = [
    [
      'no repository of that name',
      () => ['./nowhere', '-p', 'x'],
      /^rlm: there is no repository \.\/nowhere here; give a git URL/,
    ],
    [
      'a URL that does not clone',
      () => ['file:///nowhere', '-p', 'x'],
      /^rlm: cannot clone file:\/\/\/nowhere: it is no git repository/,
    ],
    ['an empty repository', (nothing) => [nothing, '-p', 'x'], /is empty: it has no commit yet$/],
    ['no such branch', () => [repository.directory, '-p', 'x', '-b', 'nope'], /has no branch or tag "nope"$/],
    ['no such commit', () => [repository.directory, '-p', 'x', '--commit', 'abcdef1'], /has no commit abcdef1$/],
    ['a credential', () => ['https://me:secret@example.org/a', '-p', 'x'], /set RLM_GIT_TOKEN instead$/],
    ['no task', () => [repository.directory], /required option '-p, --prompt <task>'/],
    ['an empty task', () => [repository.directory, '-p', ' '], /^rlm: -p is empty/],
    [
      'a task in no file',
      () => [repository.directory, '-p', '@nowhere.md'],
      /cannot read nowhere\.md: there is no such file$/,
    ],
    [
      'no folder for the patch',
      () => [repository.directory, '-p', 'x', '-o', 'no/where.patch'],
      /there is no folder no$/,
    ],
  ];

  test.each(cases)('%s', async (_, args, message) => {
    using nothing = empty();
    const { code, stdout, stderr } = await folder.rlm(['repo', ...args(nothing.directory), ...model]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr.trimEnd()).toMatch(message);
    expect(stderr).not.toContain('secret');
  });

  test('a branch without a repository', async () => {
    const { code, stderr } = await folder.rlm(['run', '-> answer: str', '-b', 'main', ...model]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^rlm: -b and --commit belong to/) });
  });

  test.each([
    [
      'an unknown key',
      'rlm:\n  max_sandboxs: 3\n',
      'wrong.yaml:2: unknown key "max_sandboxs" in rlm; did you mean max_sandboxes?',
    ],
    [
      'an ill-typed value',
      'model:\n  name: a/b\nrlm:\n  max_iterations: many\n',
      'wrong.yaml:4: rlm.max_iterations: expected number, received string',
    ],
    [
      'a price that is no number',
      'model:\n  prices:\n    a/b: { input: free, output: 1 }\n',
      'wrong.yaml:3: model.prices.a/b.input: expected number, received string',
    ],
  ])('%s in the config file, with its line', async (_, text, message) => {
    await writeFile(folder.path('wrong.yaml'), text);
    const { code, stderr } = await folder.rlm(['repo', repository.directory, '-p', 'x', '-c', 'wrong.yaml']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `rlm: ${message}\n` });
  });
});
