import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { DaytonaError, type Sandbox } from '@daytonaio/sdk';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startConnected } from '../support/daytona/client.ts';
import { until } from '../support/until.ts';

const image = 'python:3.12-slim';

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
  const connected = await startConnected({ startMs: 50 });
  const { service, daytona } = connected;
  const sandbox = await daytona.create({ image });
  const folder = dirname(dirname(service.sandboxes()[0]?.rootDirectory ?? ''));
  expect(basename(folder)).toMatch(/^rlm-daytona-/);
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
  expect(existsSync(folder)).toBe(false);
  await expect(unfinished).rejects.toThrow(DaytonaError);
});

async function processCommands(): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => ''))); // it may have ended
}
