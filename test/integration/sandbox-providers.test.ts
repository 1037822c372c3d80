import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneWorkspace } from '../../src/activities/clone-workspace.ts';
import { SandboxLost } from '../../src/errors.ts';
import { BrokerClient } from '../../src/repl/broker-client.ts';
import type { StartKernel } from '../../src/repl/protocol.ts';
import { Mirrors } from '../../src/repository/mirrors.ts';
import { type SandboxProvider, type SandboxReference, workspacePlaces } from '../../src/sandbox/provider.ts';
import { startGitHttpServer } from '../support/git-http-server.ts';
import { GitRepository } from '../support/git-repository.ts';
import { type ProviderPlace, testedProviders } from '../support/sandbox-providers.ts';
import { oneOutput, SandboxRepl } from '../support/sandbox-repl.ts';

const kernel: StartKernel = { inputs: [], outputs: oneOutput, tools: [], subAgents: true, queries: true, seed: 1 };

describe.each(testedProviders)('sandboxes of the provider $title', ({ open }) => {
  let place: ProviderPlace;
  let provider: SandboxProvider;
  const made: SandboxReference[] = [];

  beforeAll(async () => {
    place = await open();
    provider = place.provider();
    await provider.check();
  });

  afterAll(async () => {
    for (const reference of made) await provider?.delete(reference);
    await provider?.[Symbol.asyncDispose]();
    await place?.[Symbol.asyncDispose]();
  });

  const make = async (id = `test/${randomUUID()}`, more: Partial<Parameters<SandboxProvider['create']>[0]> = {}) => {
    const reference = await provider.create({ id, labels: { 'rlm.run': 'test', 'rlm.agent': id }, ...more });
    made.push(reference);
    return reference;
  };

  const brokerOf = async (reference: SandboxReference, by = provider) => new BrokerClient(await by.connect(reference));

  const repl = async (reference: SandboxReference, start: Partial<StartKernel> = {}) =>
    new SandboxRepl(await brokerOf(reference), reference, { ...kernel, ...start }).startKernel();

  it('are made once for an id, also by two at the same time', async () => {
    const id = `test/${randomUUID()}`;
    const [one, two] = await Promise.all([make(id), make(id)]);
    expect(two).toEqual(one);
    expect(await make(id)).toEqual(one);
    expect((await make()).id).not.toBe(one.id);
  });

  it('run cells that keep their variables, print, fail and submit', async () => {
    const python = await repl(await make());
    expect(await python.print('x = 20\nprint("é", x + 1)')).toBe('é 21\n');
    const failed = await python.run('y = x + 1\nraise ValueError("no")');
    expect(failed.ended).toMatchObject({ status: 'error', error: { type: 'ValueError', message: 'no' } });
    const { ended, submissions } = await python.run('SUBMIT(str(x + y))');
    expect({ status: ended.status, values: submissions[0]?.values }).toEqual({
      status: 'submitted',
      values: { answer: '41' },
    });
  });

  it('bridge calls, one after the other, in batches and from threads', async () => {
    const python = await repl(await make());
    expect(await python.print('print([llm_query(str(i)) for i in range(5)])')).toContain("'4'");
    expect(await python.print('print(len(llm_query_batched([str(i) for i in range(300)])))')).toBe('300\n');
    const threads =
      'from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(8) as pool:\n    print(sorted(pool.map(llm_query, "dcba")))';
    expect(await python.print(threads)).toBe("['A', 'B', 'C', 'D']\n");
  });

  it('stop a cell at its time limit and on request, and outlive the death of the kernel', async () => {
    const python = await repl(await make());
    const slow = await python.run('z = 1\nimport time\ntime.sleep(60)', { timeoutMs: 300 });
    expect(slow.ended.status).toBe('timeout');
    const begun = await python.begin('time.sleep(60)');
    await python.broker.interrupt({ cellId: begun.cellId, reason: 'enough' });
    expect((await python.follow(begun, () => undefined)).ended).toMatchObject({
      status: 'interrupted',
      note: 'enough',
    });
    expect(await python.print('print(z)')).toBe('1\n');
    expect((await python.run('import os\nos._exit(3)')).ended.status).toBe('kernel-died');
    await python.startKernel();
    expect(await python.print('print("z" in globals())')).toBe('False\n');
  });

  it('take an input of 50 MB, and say how far it is', async () => {
    const broker = await brokerOf(await make());
    const bytes = Buffer.from(JSON.stringify('abcdefghi\n'.repeat(5_000_000)));
    let sent = 0;
    await broker.putInput('text', bytes, (now) => {
      expect(now).toBeGreaterThan(sent);
      sent = now;
    });
    expect([0, bytes.byteLength]).toContain(sent);
    const python = new SandboxRepl(broker, made.at(-1) as SandboxReference, { ...kernel, inputs: ['text'] });
    expect(await (await python.startKernel()).print('print(len(text), text[-10:-1])')).toBe('50000000 abcdefghi\n');
  });

  it('know nothing of the environment, files and processes of the worker, nor of each other', async () => {
    process.env.SECRET_OF_THE_WORKER = 'secret-4711';
    const [one, two] = await Promise.all([repl(await make()), repl(await make())]);
    const look = `import os, pathlib, subprocess
print("secret-4711" in str(os.environ) + subprocess.getoutput("cat /proc/*/environ"))
pathlib.Path("mine.txt").write_text("mine")
print(os.path.exists(${JSON.stringify(process.cwd())}))`;
    expect(await one.print(look)).toBe('False\nFalse\n');
    expect(await two.print('import os\nprint(os.path.exists("mine.txt"))')).toBe('False\n');
  });

  it('are reached by another process, with the same kernel', async () => {
    const reference = await make();
    const python = await repl(reference);
    await python.print('kept = "kept"');
    const other = place.provider();
    const again = new SandboxRepl(await brokerOf(reference, other), reference, kernel);
    again.kernelId = python.kernelId;
    const { ended } = await again.run('print(kept)', { cellId: 'of another process' });
    expect(ended.stdout.head).toBe('kept\n');
    await other[Symbol.asyncDispose]();
  });

  it('are listed with their labels until they are deleted; deleting again is no failure', async () => {
    const reference = await make();
    const listed = async () =>
      (await provider.list()).find(({ id, labels }) => id === reference.id || labels['rlm.agent'] === reference.id);
    expect(await listed()).toMatchObject({ labels: { 'rlm.run': 'test' }, state: 'running' });
    await provider.delete(reference);
    await provider.delete(reference);
    expect(await listed()).toBeUndefined();
    await expect(provider.connect(reference)).rejects.toThrow(SandboxLost);
  });

  describe('with a workspace', () => {
    let repository: GitRepository;
    let dataDirectory = '';
    beforeAll(() => {
      repository = new GitRepository({ 'README.md': 'hello\n', 'src/a.py': 'a = 1\n' });
      repository.commit({ 'src/b.py': 'b = 1\n' });
      dataDirectory = mkdtempSync(join(tmpdir(), 'rlm-test-'));
    });
    afterAll(() => {
      repository[Symbol.dispose]();
      rmSync(dataDirectory, { recursive: true, force: true });
    });

    const token = 'token-of-a-test-1234';
    const mirrors = () => new Mirrors(dataDirectory, { token, username: null, githubToken: null, gitlabToken: null });

    async function work(address: string): Promise<string> {
      const workspace = await mirrors().resolve({ repository: address });
      const reference = await make(`test/${randomUUID()}`, { repository: mirrors().source(workspace) });
      const broker = await brokerOf(reference);
      await cloneWorkspace(broker, workspace, AbortSignal.timeout(60_000));
      const python = await repl(reference, { workspace: true });
      const look = `import os, subprocess
print(os.getcwd(), subprocess.getoutput("git status --short --branch; git log --format=%s; git remote get-url origin"))
print(${JSON.stringify(token)} in subprocess.getoutput("cat .git/config; grep -r ${token} /opt /workspace /tmp ~ 2>/dev/null"))
print(edit_file("src/a.py", "1", "2"))`;
      const printed = await python.print(look);
      const { directory, state, source } = workspacePlaces;
      const places = { directory, state, objects: `${source}/objects` };
      const made = await broker.makePatch({ ...places, commit: workspace.commit, attempt: 1 });
      if (!made.ok) throw new Error(made.error);
      const patch = (await broker.readPatch(made.bytes)).toString();
      expect(patch).toContain('-a = 1\n+a = 2\n');
      return printed;
    }

    it('hold a clone of a repository of this machine, and give the patch', async () => {
      expect(await work(repository.directory)).toBe(
        `/workspace ## main...origin/main\nmore\nfirst\n${repository.directory}\nFalse\nEdited src/a.py: 1 replacement at line 1.\n`,
      );
    });

    it('hold a clone of a private repository, and no credential', async () => {
      await using server = await startGitHttpServer(repository.root, token);
      const address = `${server.url}/project/.git`;
      expect(await work(address)).toBe(
        `/workspace ## main...origin/main\nmore\nfirst\n${address}\nFalse\nEdited src/a.py: 1 replacement at line 1.\n`,
      );
    });
  });
});
