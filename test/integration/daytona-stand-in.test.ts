import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import {
  DaytonaAuthenticationError,
  DaytonaConflictError,
  DaytonaError,
  DaytonaNotFoundError,
  DaytonaValidationError,
  type Sandbox,
} from '@daytonaio/sdk';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startConnected } from '../support/daytona/client.ts';
import { until } from '../support/until.ts';

const image = 'python:3.12-slim';

describe('creating a sandbox', () => {
  test('keeps everything that was asked for', async () => {
    await using connected = await startConnected();
    const { service, daytona } = connected;
    const sandbox = await daytona.create({
      name: 'first',
      image,
      user: 'daytona',
      envVars: { TOKEN: 'given' },
      labels: { 'rlm.run': 'run-1' },
      resources: { cpu: 2, memory: 4, disk: 8 },
      autoStopInterval: 45,
      autoArchiveInterval: 60,
      ephemeral: true,
      ttlMinutes: 90,
      networkAllowList: '10.0.0.0/8',
      domainAllowList: '*.example.org',
    });
    expect(sandbox).toMatchObject({ name: 'first', state: 'started', target: 'us', env: { TOKEN: 'given' } });
    expect(service.sandboxes()).toEqual([
      expect.objectContaining({
        id: sandbox.id,
        image,
        labels: { 'rlm.run': 'run-1', 'code-toolbox-language': 'python' },
        cpu: 2,
        memory: 4,
        disk: 8,
        autoStopInterval: 45,
        autoArchiveInterval: 60,
        autoDeleteInterval: 0,
        autoDestroyAt: expect.any(String),
        networkBlockAll: false,
        networkAllowList: '10.0.0.0/8',
        domainAllowList: '*.example.org',
      }),
    ]);
  });

  test('takes the defaults of the service, and a name of its own', async () => {
    await using connected = await startConnected();
    const sandbox = await connected.daytona.create();
    expect(sandbox).toMatchObject({
      name: sandbox.id,
      snapshot: 'daytona-small',
      autoStopInterval: 15,
      autoArchiveInterval: 10_080,
      autoDeleteInterval: -1,
    });
    expect(sandbox.autoDestroyAt).toBeUndefined();
  });

  test('is answered before it has started, where that takes a moment', async () => {
    await using connected = await startConnected({ startMs: 300 });
    const { service, daytona } = connected;
    expect((await daytona.create({ image })).state).toBe('started');
    expect(service.requests.some(({ method }) => method === 'GET')).toBe(true);
  });

  test('refuses a name that is taken, and frees it when the sandbox is deleted', async () => {
    await using connected = await startConnected();
    const { daytona } = connected;
    const first = await daytona.create({ image, name: 'taken' });
    await expect(daytona.create({ image, name: 'taken' })).rejects.toThrow(DaytonaConflictError);
    await first.delete();
    await daytona.create({ image, name: 'taken' });
  });

  test('refuses what the service refuses', async () => {
    await using connected = await startConnected({ snapshots: ['known'] });
    const { daytona } = connected;
    await daytona.create({ snapshot: 'known' });
    await expect(daytona.create({ snapshot: 'unknown' })).rejects.toThrow('Snapshot unknown not found.');
    await expect(daytona.create({ image, networkAllowList: '10.0.0.1' })).rejects.toThrow(DaytonaValidationError);
    await expect(daytona.create({ image, domainAllowList: 'no domain' })).rejects.toThrow('Invalid domain');
  });

  test('is refused over the quota, until one is gone', async () => {
    await using connected = await startConnected();
    const { service, daytona } = connected;
    service.quota = { sandboxes: 1 };
    const first = await daytona.create({ image });
    await expect(daytona.create({ image })).rejects.toMatchObject({
      statusCode: 403,
      name: 'DaytonaAuthorizationError',
    });
    service.quota = { sandboxes: 1, status: 400 };
    await expect(daytona.create({ image })).rejects.toThrow('Total CPU limit exceeded. Maximum allowed: 1.');
    await first.delete();
    await daytona.create({ image });
  });

  test('needs the key', async () => {
    await using connected = await startConnected({}, { apiKey: 'wrong' });
    await expect(connected.daytona.create({ image })).rejects.toThrow(DaytonaAuthenticationError);
  });
});

describe('finding sandboxes', () => {
  test('gets one by id or name, and no other', async () => {
    await using connected = await startConnected();
    const { daytona } = connected;
    const { id } = await daytona.create({ image, name: 'named' });
    expect((await daytona.get(id)).name).toBe('named');
    expect((await daytona.get('named')).id).toBe(id);
    await expect(daytona.get('other')).rejects.toThrow(DaytonaNotFoundError);
  });

  test('lists by labels and states, page by page, without environments', async () => {
    await using connected = await startConnected();
    const { service, daytona } = connected;
    const odd = { 'rlm.run': 'odd' };
    for (const labels of [odd, { 'rlm.run': 'even' }, { ...odd }]) {
      await daytona.create({ image, labels: { ...labels }, envVars: { SECRET: 'x' } });
    }
    const found = await collect(daytona.list({ labels: odd, limit: 1 }));
    expect(found.map(({ labels }) => labels['rlm.run'])).toEqual(['odd', 'odd']);
    expect(found[0]?.env).toBeUndefined();
    expect(service.requests.filter(({ path }) => path.includes('limit=1')).length).toBe(2);
    await found[0]?.stop();
    const states = async (...wanted: ('started' | 'stopped')[]) =>
      (await collect(daytona.list({ states: wanted }))).length;
    expect([await states('started'), await states('stopped'), await states('started', 'stopped')]).toEqual([2, 1, 3]);
    const before = new Date(Date.now() - 60_000);
    expect(await collect(daytona.list({ createdAtBefore: before }))).toEqual([]);
  });

  test('can lag behind', async () => {
    await using connected = await startConnected();
    const { service, daytona } = connected;
    service.listLagMs = 60_000;
    const { id } = await daytona.create({ image });
    expect(await collect(daytona.list())).toEqual([]);
    expect((await daytona.get(id)).id).toBe(id);
    service.listLagMs = 0;
    expect(await collect(daytona.list())).toHaveLength(1);
  });
});

describe('a sandbox in time', () => {
  test('keeps its files and loses its processes when it stops, and has another preview token after', async () => {
    await using connected = await startConnected();
    const { daytona } = connected;
    const sandbox = await daytona.create({ image, envVars: { KEPT: 'yes' } });
    await sandbox.process.executeCommand('mkdir /own; echo kept | tee file /tmp/file /own/file');
    await sandbox.process.createSession('session');
    const { token } = await sandbox.getPreviewLink(3000);
    await sandbox.stop();
    expect(sandbox.state).toBe('stopped');
    await expect(sandbox.process.executeCommand('true')).rejects.toMatchObject({
      statusCode: 400,
      message: expect.stringContaining('Is the Sandbox started?'),
    });
    await sandbox.start();
    const { result } = await sandbox.process.executeCommand('cat file /tmp/file /own/file; echo $KEPT');
    expect(result).toBe('kept\nkept\nkept\nyes\n');
    expect(await sandbox.process.listSessions()).toEqual([]);
    expect((await sandbox.getPreviewLink(3000)).token).not.toBe(token);
  });

  test('is deleted by its stop when it is ephemeral', async () => {
    await using connected = await startConnected();
    const { service, daytona } = connected;
    const sandbox = await daytona.create({ image, ephemeral: true });
    await service.stop(sandbox.id);
    expect(service.sandboxes()).toEqual([]);
    await expect(sandbox.process.executeCommand('true')).rejects.toMatchObject({ statusCode: 404 });
  });

  test('is gone when it is deleted: a second time answers 404', async () => {
    await using connected = await startConnected();
    const { service, daytona } = connected;
    const sandbox = await daytona.create({ image });
    await sandbox.delete();
    expect(sandbox.state).toBe('destroying');
    expect(service.sandboxes()).toEqual([]);
    await expect(sandbox.delete()).rejects.toThrow(DaytonaNotFoundError);
    await expect(sandbox.refreshData()).rejects.toThrow(DaytonaNotFoundError);
  });

  test('is not changed while it is made, nor while it is deleted', async () => {
    await using starting = await startConnected({ startMs: 60_000 });
    const making = starting.daytona.create({ image, name: 'early' });
    making.catch(() => {}); // the service ends under it
    await until(() => starting.service.sandboxes()[0]?.state === 'creating');
    const early = await starting.daytona.get('early');
    await expect(early.delete()).rejects.toThrow('Sandbox state change in progress');

    await using ending = await startConnected({ destroyMs: 60_000 });
    const sandbox = await ending.daytona.create({ image });
    await sandbox.delete();
    await expect(sandbox.delete()).rejects.toThrow(DaytonaConflictError);
    expect(ending.service.sandboxes()[0]).toMatchObject({
      state: 'destroying',
      name: expect.stringMatching(/^DESTROYED_/),
    });
  });

  test('takes new intervals, labels and network settings', async () => {
    await using connected = await startConnected();
    const { service, daytona } = connected;
    const sandbox = await daytona.create({ image });
    const before = service.sandboxes()[0]?.lastActivityAt ?? '';
    await sandbox.setAutostopInterval(7);
    await sandbox.setAutoArchiveInterval(8);
    await sandbox.setAutoDeleteInterval(9);
    await sandbox.setTtl(10);
    await sandbox.setLabels({ other: 'label' });
    await sandbox.updateNetworkSettings({ networkBlockAll: true });
    await until(async () => {
      await sandbox.refreshActivity();
      return (service.sandboxes()[0]?.lastActivityAt ?? '') > before;
    });
    expect(service.sandboxes()[0]).toMatchObject({
      autoStopInterval: 7,
      autoArchiveInterval: 8,
      autoDeleteInterval: 9,
      autoDestroyAt: expect.any(String),
      labels: { other: 'label' },
      networkBlockAll: true,
    });
    await sandbox.setTtl(0);
    expect(service.sandboxes()[0]).not.toHaveProperty('autoDestroyAt');
  });
});

describe('a sandbox among others', () => {
  const run = async (sandbox: Sandbox, command: string) =>
    (await sandbox.process.executeCommand(command)).result.trim();

  test('sees neither the environment nor the files nor the network of this computer', async () => {
    vi.stubEnv('RLM_TEST_SECRET', 'of the worker');
    onTestFinished(() => void vi.unstubAllEnvs());
    await using connected = await startConnected();
    const sandbox = await connected.daytona.create({ image, envVars: { GIVEN: 'yes' } });
    const names = (await run(sandbox, 'env')).split('\n').map((line) => line.split('=')[0]);
    expect(names.toSorted()).toEqual(['GIVEN', 'HOME', 'LANG', 'PATH', 'PWD', 'SHLVL', 'USER', '_']);
    expect(await run(sandbox, 'ls /home; ls -A /home/daytona /tmp')).toBe('daytona\n/home/daytona:\n\n/tmp:');
    expect(await run(sandbox, 'touch /usr/written 2>&1 | grep -c Read-only')).toBe('1');
    const { port } = new URL(connected.service.apiUrl);
    expect(await run(sandbox, `(exec 3<> /dev/tcp/127.0.0.1/${port}) 2>&1 | grep -o -m 1 refused`)).toBe('refused');
    expect(await run(sandbox, 'ps -e 2> /dev/null | grep -c node || true')).toBe('0');
  });

  test('has a root of its own, which its user may write to or not', async () => {
    await using connected = await startConnected();
    const sandbox = await connected.daytona.create({ image });
    expect(await run(sandbox, 'mkdir /workspace && ls / | tr "\\n" " "')).toContain('workspace');
    const other = await connected.daytona.create({ image });
    expect(await run(other, 'ls /')).not.toContain('workspace');
    await using strict = await startConnected({ ownsRoot: false });
    const unprivileged = await strict.daytona.create({ image });
    expect(
      await run(unprivileged, 'mkdir /workspace 2>&1 | grep -c Read-only; touch ~/file /tmp/file && echo may'),
    ).toBe('1\nmay');
  });

  test('has port 3000 to itself', async () => {
    await using connected = await startConnected();
    const { daytona } = connected;
    const both = await Promise.all([daytona.create({ image }), daytona.create({ image })]);
    for (const [index, sandbox] of both.entries()) {
      await sandbox.fs.uploadFile(Buffer.from(`of ${index}`), '/home/daytona/index.html');
      await sandbox.process.createSession('server');
      await sandbox.process.executeSessionCommand('server', { command: 'python3 -m http.server 3000', runAsync: true });
    }
    for (const [index, sandbox] of both.entries()) {
      const { url, token } = await sandbox.getPreviewLink(3000);
      const headers = { 'x-daytona-preview-token': token };
      await until(async () => (await fetch(url, { headers })).status === 200);
      expect(await (await fetch(url, { headers })).text()).toBe(`of ${index}`);
    }
  });

  test('has the Python that was chosen, and no git where none was wanted', async () => {
    await using connected = await startConnected({ git: false });
    const sandbox = await connected.daytona.create({ image });
    expect(await run(sandbox, 'command -v git || echo none')).toBe('none');
    expect(await run(sandbox, 'python3 --version')).toMatch(/^Python 3\./);
    const python = await run(sandbox, 'readlink -f $(command -v python3)');
    await using chosen = await startConnected({ python });
    const other = await chosen.daytona.create({ image });
    expect(await run(other, 'readlink -f $(command -v python3)')).toBe(python);
  });
});

test('nothing is left when the service is disposed', async () => {
  const folders = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('rlm-daytona-'));
  const before = await folders();
  const connected = await startConnected({ startMs: 50 });
  const { service, daytona } = connected;
  const sandbox = await daytona.create({ image });
  const mark = `${1_000_000 + process.pid}`;
  await sandbox.process.createSession('server');
  await sandbox.process.executeSessionCommand('server', {
    command: `setsid sleep ${mark} & sleep ${mark}`,
    runAsync: true,
  });
  const commands = async () => (await processCommands()).filter((command) => command.includes(mark));
  await until(async () => (await commands()).length === 2);
  const unfinished = daytona.create({ image });
  unfinished.catch(() => {}); // the service ends under it
  await until(() => service.sandboxes().length === 2);
  await connected[Symbol.asyncDispose]();
  expect(await commands()).toEqual([]);
  expect((await folders()).filter((name) => !before.includes(name))).toEqual([]);
  await expect(unfinished).rejects.toThrow(DaytonaError);
});

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

async function processCommands(): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => ''))); // it may have ended
}
