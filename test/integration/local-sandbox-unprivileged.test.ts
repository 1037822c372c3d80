import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cloneWorkspace } from '../../src/activities/clone-workspace.ts';
import type { Workspace } from '../../src/agent/workspace.ts';
import { loadSettings } from '../../src/config/load-settings.ts';
import { BrokerClient } from '../../src/repl/broker-client.ts';
import { Mirrors } from '../../src/repository/mirrors.ts';
import { inspectMachine } from '../../src/sandbox/local/confinement.ts';
import { type Launched, launch, release } from '../../src/sandbox/local/launch.ts';
import { killProcess } from '../../src/sandbox/local/processes.ts';
import { UnixTransport } from '../../src/sandbox/local/unix-transport.ts';
import { workspacePlaces } from '../../src/sandbox/provider.ts';
import { GitRepository } from '../support/git-repository.ts';
import { oneOutput, SandboxRepl } from '../support/sandbox-repl.ts';

// As where no cgroups can be made: a root worker's sandboxes run as nobody, with limits of each process.
let dataDirectory = '';
let launched: Launched;
let transport: UnixTransport;
let repl: SandboxRepl;
let repository: GitRepository;
let workspace: Workspace;

beforeAll(async () => {
  dataDirectory = mkdtempSync(join(tmpdir(), 'rlm-test-'));
  chmodSync(dataDirectory, 0o755);
  const machine = await inspectMachine(dataDirectory);
  const user = process.getuid?.() === 0 ? 65_534 : null;
  const socketPath = join(dataDirectory, 'sock');
  const memoryBytes = 512 * 1024 ** 2;
  repository = new GitRepository();
  const mirrors = new Mirrors(dataDirectory, loadSettings({ directory: dataDirectory, environment: {} }).repositories);
  workspace = await mirrors.resolve({ repository: repository.directory });
  launched = await launch({
    machine: { ...machine, confinement: { kind: 'rlimits', user } },
    socketPath,
    cgroups: [],
    workspace: { mirror: await mirrors.provide(workspace), bytes: 64 * 1024 ** 2 },
    signal: undefined,
    configuration: {
      token: 'token',
      leaseSeconds: 60,
      listen: { fd: 90 },
      memoryBytes,
      dataBytes: memoryBytes,
      processes: 40,
    },
  });
  transport = new UnixTransport(socketPath, 'token');
  const start = { inputs: [], outputs: oneOutput, tools: [], subAgents: true, queries: true, seed: 1 };
  repl = await new SandboxRepl(
    new BrokerClient(transport),
    { provider: 'local', id: 'x', host: null },
    start,
  ).startKernel();
  release(launched);
});

afterAll(async () => {
  transport.close();
  await killProcess(launched.process);
  rmSync(dataDirectory, { recursive: true });
  repository[Symbol.dispose]();
});

it('runs cells and calls', async () => {
  expect(await repl.print('llm_query("hello")')).toBe("'HELLO'\n");
});

it('limits processes', async () => {
  const { ended } = await repl.run(
    'import threading\nstop = threading.Event()\ncount = 0\ntry:\n    while True:\n        threading.Thread(target=stop.wait).start()\n        count += 1\nfinally:\n    stop.set()\n    print(count < 40)',
  );
  expect(ended).toMatchObject({ error: { type: 'RuntimeError' }, stdout: { head: 'True\n' } });
});

it('limits memory', async () => {
  const { ended } = await repl.run('b"x" * 600_000_000');
  expect(ended).toMatchObject({ status: 'error', error: { type: 'MemoryError' } });
});

it('clones a repository of another user, and takes the patch', async () => {
  const broker = new BrokerClient(transport);
  await cloneWorkspace(broker, workspace, AbortSignal.timeout(30_000));
  const { directory, state, source } = workspacePlaces;
  const status = await repl.print(
    `import subprocess\nprint(subprocess.getoutput("cd ${directory} && git status -sb && echo new > new.txt"))`,
  );
  expect(status).toMatch(/^## main/);
  const patch = { directory, state, objects: `${source}/objects`, commit: workspace.commit, attempt: 1 };
  expect(await broker.makePatch(patch)).toMatchObject({ ok: true, files: 1, remarks: [] });
});
