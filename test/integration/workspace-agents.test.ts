import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newRunId } from '../../src/client/run-id.ts';
import { startRun } from '../../src/client/start-run.ts';
import { defineAgent } from '../../src/define-agent.ts';
import type { RunDocument } from '../../src/results/run-document.ts';
import { startGitHttpServer } from '../support/git-http-server.ts';
import { GitRepository, git, writeFiles } from '../support/git-repository.ts';
import { reply, startWorld, type World, type WorldRun } from '../support/world.ts';

const task = 'task: str -> answer: str';
const token = 'token-of-a-test-0815';

let world: World;
let repository: GitRepository;
beforeAll(async () => {
  world = await startWorld({
    settings: { repositories: { token, username: null, githubToken: null, gitlabToken: null } },
  });
  repository = new GitRepository({
    'README.md': 'hello\n',
    'src/numbers.py': 'def double(n):\n    return n + n\n\n\ndef half(n):\n    return n / 2\n',
    '.gitignore': '*.log\n',
  });
});
afterAll(async () => {
  repository?.[Symbol.dispose]();
  await world?.[Symbol.asyncDispose]();
});

function options(given: WorldRun = {}): WorldRun {
  return { inputs: { task: 'work' }, workspace: { repository: repository.directory }, ...given };
}

const runCells = (cells: readonly string[], given: WorldRun = {}) => world.runCells(task, cells, options(given));

/** The files of a folder by name, without git's. */
function filesOf(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/^\.git(\/|$)/.test(name) && statSync(join(directory, name)).isFile())
    .sort();
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
}

function stateOfSandboxes(): string[] {
  return readdirSync(join(world.dataDirectory, 'sandboxes')).filter((name) => name.endsWith('.json'));
}

describe('an agent with a workspace', () => {
  it('begins in a clean clone of the newest commit, on the default branch', async () => {
    const {
      output,
      repository: address,
      commit,
    } = await runCells([
      `import os, subprocess
run = lambda *words: subprocess.run(words, capture_output=True, text=True).stdout.strip()
FINAL("|".join([os.getcwd(), run("git", "rev-parse", "HEAD"), run("git", "branch", "--show-current"), run("git", "status", "--porcelain"), run("git", "remote", "get-url", "origin")]))`,
    ]);
    const head = repository.head();
    expect(output).toEqual({ answer: `/workspace|${head}|main||${repository.directory}` });
    expect({ address, commit }).toEqual({ address: repository.directory, commit: head });
  });

  it('has other defaults for its limits, which can be set as all others', async () => {
    const { limits } = await runCells(['FINAL("x")'], { limits: { outputLimit: 5_000 } });
    expect(limits).toMatchObject({ cellTimeout: 1_800, outputLimit: 5_000, maxIterations: 50 });
  });

  it('shows what programs print that it starts', async () => {
    const { root } = await runCells([
      'import os\ncode = os.system("cat README.md; git log --format=%s; ls nowhere")',
      'FINAL("x")',
    ]);
    expect(root.iterations[0]).toMatchObject({ stdout: 'hello\nfirst\n', stderr: expect.stringContaining('nowhere') });
  });

  it('leaves a patch that makes the same tree of a clean clone, whatever it did to git', async () => {
    const document = await runCells([
      `import os, pathlib
pathlib.Path("new.txt").write_text("né\\n")
pathlib.Path("build.log").write_text("ignored")
edit_file("src/numbers.py", "n + n", "2 * n")
os.system("git add -A && git commit -qm mine && rm -rf .git && git init -q && git rm -q --cached README.md 2>/dev/null")
os.remove("README.md")
FINAL("done")`,
    ]);
    expect(document).toMatchObject({ status: 'completed', output: { answer: 'done' } });
    expect(document.root.patch).toBe(document.patch);
    expect(filesOf(repository.patched(document.patch ?? ''))).toEqual({
      '.gitignore': '*.log\n',
      'new.txt': 'né\n',
      'src/numbers.py': 'def double(n):\n    return 2 * n\n\n\ndef half(n):\n    return n / 2\n',
    });
  });

  it('has no patch when it changed nothing', async () => {
    const document = await runCells([
      'open("x", "w").close(); import os; os.remove("x"); open("a.log", "w").close()',
      'FINAL("x")',
    ]);
    expect(document).toMatchObject({ status: 'completed' });
    expect(document).not.toHaveProperty('patch');
  });

  it('keeps its files, and what it changed, when the Python process dies', async () => {
    const document = await runCells([
      'open("a.txt", "w").write("a")',
      'import os\nos._exit(1)',
      'import os\nFINAL(os.getcwd() + open("a.txt").read() + edit_file("a.txt", "a", "b"))',
    ]);
    expect(document.output?.answer).toMatch(/^\/workspacea/);
    expect(filesOf(repository.patched(document.patch ?? ''))).toMatchObject({ 'a.txt': 'b' });
  });

  it('works on the branch, tag or commit that is named', async () => {
    using other = new GitRepository();
    const first = other.head();
    git(other.directory, 'switch', '--quiet', '-c', 'topic');
    const topic = other.commit({ 'a.txt': 'a' });
    const head = ['import subprocess\nFINAL(subprocess.getoutput("git rev-parse HEAD; git branch --show-current"))'];
    const [onBranch, atCommit] = await Promise.all([
      runCells(head, { workspace: { repository: other.directory, branch: 'topic' } }),
      runCells(head, { workspace: { repository: other.directory, commit: first.slice(0, 10) } }),
    ]);
    expect(onBranch.output).toEqual({ answer: `${topic}\ntopic` });
    expect(atCommit.output).toEqual({ answer: first });
    expect(atCommit.commit).toBe(first);
  });

  it('may be one of the user’s own, with other outputs', async () => {
    const agent = defineAgent({
      name: 'count',
      signature: '-> files: int, first: str',
      workspace: { repository: repository.directory },
    });
    await using own = await startWorld({ agents: [agent] });
    const model = own.script({ agent: [reply('import os\nSUBMIT(len(os.listdir("src")), open("README.md").read())')] });
    const run = await startRun(own.client, agent, { inputs: {}, model, settings: own.settings });
    expect((await run.result()).output).toEqual({ files: 1, first: 'hello\n' });
  });
});

describe('the patch is kept', () => {
  const change = 'open("late.txt", "w").write("kept")';
  const expectKept = ({ patch }: RunDocument) =>
    expect(filesOf(repository.patched(patch ?? ''))).toMatchObject({ 'late.txt': 'kept' });

  it('at a limit', async () => {
    const document = await runCells([change], { limits: { maxIterations: 1 } });
    expect(document).toMatchObject({ status: 'completed', finish: 'limit' });
    expectKept(document);
  });

  it('when the time is up in the middle of a cell', async () => {
    const document = await runCells([`${change}\nimport time\ntime.sleep(600)`], { limits: { timeout: 3 } });
    expect(document.finish).toBe('limit');
    expectKept(document);
  });

  it('when the run fails', async () => {
    const failing = { content: '', fail: { kind: 'unauthorized' } } as const;
    const run = await world.run(task, { agent: [reply(change), failing] }, options());
    const document = await run.document();
    expect(document).toMatchObject({ status: 'failed', error: { type: 'ModelUnauthorized' } });
    expectKept(document);
  });

  it('when the run is cancelled', async () => {
    const run = await world.run(
      task,
      { agent: [reply(`${change}\nimport time\nprint(1)\ntime.sleep(600)`)] },
      options(),
    );
    for await (const event of run.events()) if (event.type === 'model-replied') break;
    await run.cancel();
    const document = await run.document();
    expect(document.status).toBe('cancelled');
    // Cancelled at once, it may not have come to its first line.
    if (document.patch !== undefined) expectKept(document);
    expect(document.root.remarks ?? []).toEqual([]);
  });

  it('when the worker goes away and another one takes over', async () => {
    await using own = await startWorld();
    const run = await own.run(
      task,
      { agent: [reply(change), reply('llm_query("x")'), reply('FINAL("x")')] },
      options(),
    );
    for await (const event of run.events()) if (event.type === 'cell-ended') break;
    await own.stopWorker();
    await own.startWorker();
    const document = await run.document();
    expect(document.status).toBe('completed');
    expectKept(document);
  });
});

describe('sub-agents of an agent with a workspace', () => {
  it('begin at the commit of the run, however the repository went on, and see nothing of their parent’s changes', async () => {
    using other = new GitRepository();
    const commit = other.head();
    const run = await world.run(
      task,
      {
        agent: async ({ depth, iteration }) => {
          if (depth === 0 && iteration === 1) return reply('open("mine.txt", "w").write("x")');
          if (depth === 0 && iteration === 2) {
            other.commit({ 'later.txt': 'later' });
            return reply('FINAL("\\n".join(rlm_query_batched(["one", "two"])))');
          }
          return reply(
            'import subprocess\nopen("sub.txt", "w").write(task)\nFINAL(subprocess.getoutput("git rev-parse HEAD; git status --short"))',
          );
        },
      },
      options({ workspace: { repository: other.directory } }),
    );
    const document = await run.result();
    expect(document.output.answer).toBe(`${commit}\n?? sub.txt\n${commit}\n?? sub.txt`);
    expect(document.commit).toBe(commit);
    expect(filesOf(other.patched(document.patch ?? '', commit))).toEqual({ 'README.md': 'hello\n', 'mine.txt': 'x' });
    expect(document.root.children.map(({ patch }) => patch?.includes('sub.txt'))).toEqual([true, true]);
  });

  it('give their patches where these are asked for, which are applied three-way', async () => {
    const run = await world.run(
      task,
      {
        agent: [
          [
            reply(`edit_file("src/numbers.py", "n / 2", "n // 2")
fixed, nothing = rlm_query_batched([{"task": "double", "patch": True}, "nothing"])
print(type(fixed).__name__, fixed.answer, nothing)
print(apply_patch(fixed.patch))
answer, patch = rlm_query("nothing", patch=True)
FINAL(answer + repr(patch))`),
          ],
          [
            reply(`if task == "double": edit_file("src/numbers.py", "n + n", "2 * n")
FINAL(task)`),
          ],
        ],
      },
      options(),
    );
    const document = await run.result();
    expect(document.output.answer).toBe("nothing''");
    expect(document.root.iterations[0]?.stdout).toMatch(/^SubAgentResult double nothing\nApplied: 1 file/);
    expect(filesOf(repository.patched(document.patch ?? ''))['src/numbers.py']).toBe(
      'def double(n):\n    return 2 * n\n\n\ndef half(n):\n    return n // 2\n',
    );
  });

  it('are refused beyond maxDepth, with the reason', async () => {
    const { output, usage } = await runCells(
      ['try:\n    rlm_query("deep")\nexcept Exception as error:\n    FINAL(str(error))'],
      { limits: { maxDepth: 0 } },
    );
    expect(output?.answer).toContain('maxDepth 0 is reached');
    expect(usage).toMatchObject({ agents: 1, subQueries: 0 });
  });
});

describe('credentials', () => {
  it('are in no sandbox, history or artifact', async () => {
    await using server = await startGitHttpServer(repository.root, token);
    const url = `${server.url}/project/.git`;
    const run = await world.run(
      task,
      {
        agent: [
          reply(`import os, subprocess
places = [str(dict(os.environ)), open("/proc/self/environ").read(), subprocess.getoutput("git config --list --show-origin; cat .git/config; cat /opt/repository.git/config; cat /opt/repository.git/FETCH_HEAD")]
if task == "work":
    print(len(rlm_query("go").split()))
FINAL("leak" if any(${JSON.stringify(token.slice(2, -2))} in place for place in places) else "clean")`),
        ],
      },
      options({ workspace: { repository: url } }),
    );
    const document = await run.document();
    expect(document).toMatchObject({ repository: url, output: { answer: 'clean' } });
    const history = JSON.stringify(await world.client.workflow.getHandle(run.runId).fetchHistory());
    expect(history).not.toContain(token);
    const files = readdirSync(world.dataDirectory, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      expect(readFileSync(join(file.parentPath, file.name)).includes(token), file.name).toBe(false);
    }
  });
});

describe('a repository that is hard on its clones', () => {
  it('keeps submodules empty, pointers of large files as they are, links where they point', async () => {
    using library = new GitRepository({ 'lib.txt': 'library\n' });
    using other = new GitRepository({
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
      'large.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n',
      outside: { link: '/etc/passwd' },
      'a name with spaces': 'a\n',
      'line\nbreak': 'b\n',
    });
    writeFiles(other.directory, { 'caf\u00e9.txt': 'c\n' });
    git(other.directory, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library.directory, 'lib');
    other.commit({}, 'submodule');
    const document = await runCells(
      [
        `import os
print(os.listdir("lib"), repr(open("large.bin").read()[:7]), os.readlink("outside"), os.path.exists("/etc/passwd"))
print(edit_file("outside", "root", "toor"))
print(edit_file("a name with spaces", "a", "aa"), edit_file("line\\nbreak", "b", "bb"))
FINAL("x")`,
      ],
      { workspace: { repository: other.directory } },
    );
    const [shown, refused] = document.root.iterations[0]?.stdout.split('\n') ?? [];
    expect(shown).toBe("[] 'version' /etc/passwd False");
    expect(refused).toMatch(/^Error: .*outside of \/workspace/);
    expect(filesOf(other.patched(document.patch ?? ''))).toMatchObject({
      'a name with spaces': 'aa\n',
      'line\nbreak': 'bb\n',
    });
  });

  it('may hold a file of 200 MB, and another may be made', { timeout: 180_000 }, async () => {
    const document = await runCells([
      `import os
with open("large.bin", "wb") as file:
    for _ in range(200):
        file.write(os.urandom(1 << 20))
FINAL("x")`,
    ]);
    expect(document.root.remarks).toEqual([
      expect.stringMatching(/^its patch of \d+ bytes is too large to stand here too/),
    ]);
    expect(JSON.stringify(document, null, 2).length).toBeGreaterThan(200 * 1024 ** 2);
    const directory = repository.patched(document.patch ?? '');
    expect(statSync(join(directory, 'large.bin')).size).toBe(200 * 1024 ** 2);
  });

  it.each([
    ['that does not clone', () => ({ repository: '/nowhere/at/all' }), /cannot clone \/nowhere/],
    [
      'without that branch',
      () => ({ repository: repository.directory, branch: 'nope' }),
      /has no branch or tag "nope"/,
    ],
    ['without that commit', () => ({ repository: repository.directory, commit: 'abcdef0' }), /has no commit abcdef0/],
  ])('%s ends the run with one line, and no sandbox is made', async (_, workspace, message) => {
    const runId = newRunId('refused');
    const document = await runCells(['FINAL("x")'], { workspace: workspace(), runId });
    expect(document).toMatchObject({ status: 'failed', output: null });
    const failure = await world.client.workflow
      .getHandle(runId)
      .result()
      .catch((error: { cause: unknown }) => error.cause);
    expect(failure).toMatchObject({ type: 'RepositoryRefused', message: expect.stringMatching(message) });
  });

  it('leaves no sandbox behind in any of these', async () => {
    expect(stateOfSandboxes()).toEqual([]);
  });
});
