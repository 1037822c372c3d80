import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SandboxLost } from '../../src/errors.ts';
import { BrokerClient } from '../../src/repl/broker-client.ts';
import { SandboxState } from '../../src/sandbox/local/state-files.ts';
import { createLocalProvider } from '../../src/sandbox/local.ts';
import { SandboxRepl, silent, useSandboxes } from '../support/sandbox-repl.ts';

const sandboxes = useSandboxes();

function stateOf(id: string): SandboxState {
  const path = join(sandboxes.dataDirectory(), 'sandboxes', `${encodeURIComponent(id)}.json`);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  return SandboxState.parse(JSON.parse(readFileSync(path, 'utf8')));
}

/** Whether anything of the sandbox is left on the host. */
function traces({ process, cgroups, socketPath }: SandboxState): string[] {
  return [`/proc/${process.pid}`, ...cgroups, socketPath].filter((path) => existsSync(path));
}

describe('isolation', () => {
  it('shows no files of the host but its programs', async () => {
    const repl = await sandboxes.open();
    expect(await repl.print('import os\nsorted(os.listdir("/"))')).toMatch(
      /^\['bin', 'dev', 'etc', 'home', 'lib'.*'opt', 'proc',.*'tmp', 'usr'\]\n$/,
    );
    expect(
      await repl.print(
        '[p for p in ("/root", "/etc/passwd", "/etc/shadow", "/var", "/work", "/sys", "/run", "/mnt") if os.path.exists(p)]',
      ),
    ).toBe('[]\n');
    expect(await repl.print('os.listdir("/home"), sorted(os.listdir("/home/agent")), os.listdir("/tmp")')).toBe(
      "(['agent'], [], [])\n",
    );
  });

  it('lets nothing be written but in its own places', async () => {
    const repl = await sandboxes.open();
    const code = `
import os
def writable(path):
    try:
        open(path, "w").close()
        return True
    except OSError:
        return False
[p for p in ("/x", "/usr/x", "/etc/x", "/dev/x", "/opt/rlm/x", "/bin/x", "/tmp/x", "/home/agent/x", "/dev/shm/x") if writable(p)]`;
    expect(await repl.print(code)).toBe("['/tmp/x', '/home/agent/x', '/dev/shm/x']\n");
  });

  it('lets none of the system be set through /proc', async () => {
    const repl = await sandboxes.open();
    const code = `
import os
found = []
for top in os.listdir("/proc"):
    path = "/proc/" + top
    if top.isdigit() or os.path.islink(path):
        continue
    files = [path] if os.path.isfile(path) else [os.path.join(d, f) for d, _, fs in os.walk(path) for f in fs]
    found += [file for file in files if os.access(file, os.W_OK)]
found`;
    expect(await repl.print(code)).toBe('[]\n');
  });

  it('has no network and no route', async () => {
    const repl = await sandboxes.open();
    const code = `
import socket
def reach(address):
    try:
        socket.create_connection(address, timeout=2)
        return True
    except OSError:
        return False
reach(("1.1.1.1", 53)), reach(("127.0.0.1", 22)), len(open("/proc/net/route").readlines())`;
    expect(await repl.print(code)).toBe('(False, False, 1)\n');
  });

  it('has nothing of the environment, the processes and the open files of the worker', async () => {
    process.env.RLM_TEST_SECRET = 'secret';
    const repl = await sandboxes.open();
    expect(await repl.print('import os, sys\nsorted(os.environ)')).toBe(
      "['HOME', 'LANG', 'PATH', 'PWD', 'PYTHONHASHSEED', 'TMPDIR']\n",
    );
    const state = stateOf(repl.reference.id);
    const searched =
      'b"".join(open(f"/proc/{p}/{f}", "rb").read() for p in os.listdir("/proc") if p.isdigit() for f in ("environ", "cmdline"))';
    expect(
      await repl.print(
        `found = ${searched}\n"${state.token}".encode() in found, b"RLM_TEST" in found, len([p for p in os.listdir("/proc") if p.isdigit()]) < 5`,
      ),
    ).toBe('(False, False, True)\n');
    expect(
      await repl.print(
        'os.getuid(), os.getgid(), socket.gethostname() if "socket" in globals() else os.uname().nodename',
      ),
    ).toBe("(1000, 1000, 'sandbox')\n");
    // Output, channel, the copies of the output that are put back, and the descriptor that lists.
    expect(await repl.print('len(os.listdir("/proc/self/fd")) <= 8')).toBe('True\n');
    delete process.env.RLM_TEST_SECRET;
  });

  it('keeps sandboxes apart', async () => {
    const [one, other] = await Promise.all([sandboxes.open(), sandboxes.open()]);
    await one.print('open("/tmp/mine", "w").write("x")\nmine = 1');
    expect(await other.print('import os\nos.path.exists("/tmp/mine"), "mine" in globals()')).toBe('(False, False)\n');
  });
});

describe('the life of a sandbox', () => {
  it('is made once for an id, also when asked for at the same time', async () => {
    const request = { id: 'same', labels: { 'rlm.run': 'r', 'rlm.agent': 'a' } };
    const provider = sandboxes.provider();
    const another = createLocalProvider({ dataDirectory: sandboxes.dataDirectory() });
    const made = await Promise.all([
      provider.create(request),
      provider.create(request),
      another.create(request),
      another.create(request),
    ]);
    expect(new Set(made.map((reference) => JSON.stringify(reference))).size).toBe(1);
    expect(made[0]).toEqual({ provider: 'local', id: 'same', host: provider.host });
    const listed = (await another.list()).filter(({ id }) => id === 'same');
    expect(listed).toEqual([{ id: 'same', labels: request.labels, createdAt: expect.any(Date), state: 'running' }]);
    await another[Symbol.asyncDispose]();
  });

  it('leaves nothing behind when it is deleted, also in an endless cell', async () => {
    const repl = await sandboxes.open();
    await repl.begin('import subprocess\nsubprocess.Popen(["sleep", "1000"])\nwhile True: pass');
    const state = stateOf(repl.reference.id);
    expect(traces(state)).not.toEqual([]);
    await sandboxes.provider().delete(repl.reference);
    expect(traces(state)).toEqual([]);
    await expect(repl.broker.health()).rejects.toThrow(SandboxLost);
    await expect(sandboxes.provider().connect(repl.reference)).rejects.toThrow(SandboxLost);
    await sandboxes.provider().delete(repl.reference);
  });

  it('can be deleted by another process than its maker', async () => {
    const repl = await sandboxes.open();
    const state = stateOf(repl.reference.id);
    const another = createLocalProvider({ dataDirectory: sandboxes.dataDirectory() });
    await another.delete(repl.reference);
    expect(traces(state)).toEqual([]);
    await another[Symbol.asyncDispose]();
  });

  it('ends by itself when nobody asks it anything for its lease', async () => {
    const dataDirectory = sandboxes.dataDirectory();
    const provider = createLocalProvider({ dataDirectory, limits: { leaseSeconds: 0.3 } });
    const reference = await provider.create({ id: 'leased', labels: {} });
    const state = stateOf('leased');
    const broker = new BrokerClient(await provider.connect(reference));
    const { kernelId } = await broker.startKernel({
      inputs: [],
      outputs: [],
      tools: [],
      subAgents: false,
      queries: false,
      seed: 1,
    });
    await broker.startCell({ cellId: '1', kernelId, code: 'while True: pass', timeoutMs: 60_000 });
    await expect.poll(() => existsSync(`/proc/${state.process.pid}`), { timeout: 5_000 }).toBe(false);
    await expect(broker.health()).rejects.toThrow(SandboxLost);
    expect((await provider.list()).find(({ id }) => id === 'leased')?.state).toBe('ended');
    await provider.create({ id: 'leased', labels: {} });
    expect(stateOf('leased').socketPath).not.toBe(state.socketPath);
    await provider[Symbol.asyncDispose]();
  });

  it('stops being made when asked to, and leaves nothing behind', async () => {
    const sockets = () => readdirSync(join(stateOf('same').socketPath, '..')).length;
    const before = sockets();
    const controller = new AbortController();
    const creation = sandboxes.provider().create({ id: 'aborted', labels: {} }, controller.signal);
    setTimeout(() => controller.abort(new Error('never mind')), 12);
    await expect(creation).rejects.toThrow('never mind');
    expect((await sandboxes.provider().list()).some(({ id }) => id === 'aborted')).toBe(false);
    expect(sockets()).toBe(before);
  });

  it('can be made twenty times at once', async () => {
    const provider = sandboxes.provider();
    const references = await Promise.all(
      Array.from({ length: 20 }, (_, i) => provider.create({ id: `many-${i}`, labels: {} })),
    );
    const healths = await Promise.all(
      references.map(async (reference) => new BrokerClient(await provider.connect(reference)).health()),
    );
    expect(healths).toHaveLength(20);
    await Promise.all(references.map((reference) => provider.delete(reference)));
  });

  it('goes on when its maker is killed, with the same kernel', async () => {
    const script = fileURLToPath(new URL('../support/make-sandbox.ts', import.meta.url));
    const maker = spawn(process.execPath, [script, sandboxes.dataDirectory(), 'orphan'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: maker.stdout }), 'line')) as [string];
    const { kernelId, after } = JSON.parse(line) as { kernelId: string; after: number };
    maker.kill('SIGKILL');
    await once(maker, 'exit');
    const provider = createLocalProvider({ dataDirectory: sandboxes.dataDirectory() });
    const reference = await provider.create({ id: 'orphan', labels: {} });
    const broker = new BrokerClient(await provider.connect(reference));
    expect((await broker.health()).kernelId).toBe(kernelId);
    const repl = new SandboxRepl(broker, reference, {
      inputs: [],
      outputs: [],
      tools: [],
      subAgents: true,
      queries: true,
      seed: 1,
    });
    repl.kernelId = kernelId;
    const { ended, calls } = await repl.follow({ cellId: 'waiting', after }, (event) =>
      event.type === 'call' ? [{ index: 0, value: 'from another process' }] : undefined,
    );
    expect(calls).toHaveLength(1);
    expect(ended.stdout.head).toBe('from another process\n');
    await provider.delete(reference);
    await provider[Symbol.asyncDispose]();
  });

  it('has the same host for every worker of a data directory', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '-e',
      `import { createLocalProvider } from ${JSON.stringify(new URL('../../src/sandbox/local.ts', import.meta.url).href)};
       console.log(createLocalProvider({ dataDirectory: ${JSON.stringify(sandboxes.dataDirectory())} }).host)`,
    ]);
    expect(stdout.trim()).toBe(sandboxes.provider().host);
  });
});

describe('a sandbox that turns against its host', () => {
  it.each([
    ['kills its broker', 'import os, signal\nos.kill(os.getppid(), signal.SIGKILL)'],
    ['kills everything', 'import os, signal\nos.kill(-1, signal.SIGKILL)'],
  ])('and %s is a lost one', async (_, code) => {
    const repl = await sandboxes.open();
    await expect(repl.run(code, { host: silent })).rejects.toThrow(SandboxLost);
  });

  it('and speaks nonsense is a lost one', async () => {
    const transport = {
      request: async () => ({ status: 200, body: { events: [{ type: 'call', seq: 1 }], cursor: 1, kernelId: null } }),
    };
    await expect(new BrokerClient(transport).events({ after: 0, waitMs: 0 })).rejects.toThrow(SandboxLost);
  });
});
