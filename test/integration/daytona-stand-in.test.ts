import {
  DaytonaAuthenticationError,
  DaytonaConflictError,
  DaytonaNotFoundError,
  DaytonaValidationError,
} from '@daytonaio/sdk';
import { describe, expect, test } from 'vitest';
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

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
