import { mkdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { build } from '../../scripts/build.ts';
import { loadSettings } from '../../src/config/load-settings.ts';
import { connect, type RlmConnection } from '../../src/connection.ts';
import { openRepl, type Repl } from '../../src/repl/open-repl.ts';
import { ageSandboxes, rewriteSandboxes } from '../support/rewrite-sandboxes.ts';
import { RlmFolder, type RunningCommand } from '../support/rlm-command.ts';

beforeAll(() => build(() => {}));

let folder: RlmFolder;
beforeAll(async () => {
  folder = await RlmFolder.make();
});
afterAll(async () => {
  await folder?.becomesQuiet();
  await folder?.[Symbol.asyncDispose]();
});

const settings = () =>
  loadSettings({
    directory: folder.directory,
    environment: { RLM_DATA_DIR: folder.dataDirectory, RLM_SANDBOX: 'local' },
  });

describe('where there are none', () => {
  test('rlm sandboxes says so, and prints nothing', async () => {
    expect(await folder.rlm(['sandboxes'])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'there are no sandboxes\n',
    });
    expect(await folder.rlm(['sandboxes', '--json'])).toMatchObject({ code: 0, stdout: '[]\n', stderr: '' });
  });

  test('--sweep starts the Temporal server that it asks, and deletes nothing', async () => {
    const { code, stdout, stderr } = await folder.rlm(['sandboxes', '--sweep']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('there is nothing to delete\n');
  });
});

describe('with the sandboxes of an agent that was terminated, of one that goes on and of a REPL', () => {
  let connection: RlmConnection;
  let busy: RunningCommand;
  let repl: Repl;

  const startEndless = async (id: string) => {
    const args = ['run', 'question: str -> answer: str', '-i', 'question=?', '-m', 'scripted/endless', '--id', id];
    const command = folder.start(args);
    await command.said('iteration 1');
    return command;
  };

  beforeAll(async () => {
    connection = await connect({ settings: settings() });
    busy = await startEndless('busy');
    repl = await openRepl({ settings: settings() });
  });
  afterAll(async () => {
    await repl?.[Symbol.asyncDispose]();
    busy?.child.kill('SIGTERM');
    await busy?.ended;
    await connection?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    const left = await startEndless('left');
    await connection.client.workflow.getHandle('left').terminate();
    expect(await left.ended).toMatchObject({ code: 4 });
  });
  afterEach(async () => {
    await ageSandboxes(folder.dataDirectory);
    await folder.rlm(['sandboxes', '--sweep']);
  });

  test('they are listed, the newest first', async () => {
    const { code, stdout, stderr } = await folder.rlm(['sandboxes']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['SANDBOX', 'STATE', 'AGE', 'RUN', 'AGENT'],
      ...['left', 'repl', 'busy'].map((name) => [
        expect.stringMatching(/^[\w-]{36}$/),
        'running',
        expect.stringMatching(/^[\d.]+ s$|^\d+ h/),
        name,
        name,
      ]),
      [''],
    ]);
    const { stdout: json } = await folder.rlm(['sandboxes', '--json']);
    expect(JSON.parse(json)).toMatchObject([{ agent: 'left' }, { agent: 'repl' }, { agent: 'busy' }]);
    expect(JSON.parse(json)[0]).toEqual({
      id: expect.any(String),
      state: 'running',
      createdAt: expect.stringMatching(/Z$/),
      run: 'left',
      agent: 'left',
    });
  });

  test('--sweep leaves young ones alone, then deletes what nobody needs, and says what', async () => {
    expect(await folder.rlm(['sandboxes', '--sweep'])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'there is nothing to delete\n3 sandboxes left alone\n',
    });
    await ageSandboxes(folder.dataDirectory);
    const { code, stdout, stderr } = await folder.rlm(['sandboxes', '--sweep']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '2 sandboxes left alone\n' });
    expect(stdout).toMatch(/^deleted [\w-]{36} of left: its agent is terminated\n$/);
    const { stdout: json } = await folder.rlm(['sandboxes', '--json']);
    expect(
      JSON.parse(json)
        .map(({ agent }: { agent: string }) => agent)
        .sort(),
    ).toEqual(['busy', 'repl']);
    expect(await repl.execute('1 + 1')).toMatchObject({ stdout: '2\n' });
  });

  test('--sweep --json prints what was deleted and what was not, and ends with 4 when something was not', async () => {
    await ageSandboxes(folder.dataDirectory);
    // What the provider is to remove is a directory, which it does not expect.
    const directory = folder.path('in-the-way');
    await mkdir(directory);
    let socketPath = '';
    await rewriteSandboxes(folder.dataDirectory, (state) => {
      if (state.labels['rlm.agent'] !== 'left') return {};
      socketPath = state.socketPath;
      return { socketPath: directory };
    });
    const told = await folder.rlm(['sandboxes', '--sweep']);
    expect(told).toMatchObject({ code: 4, stdout: '' });
    expect(told.stderr).toMatch(/^rlm: [\w-]{36} was not deleted: .*in-the-way\n2 sandboxes left alone\n$/);
    const printed = await folder.rlm(['sandboxes', '--sweep', '--json']);
    expect(printed).toMatchObject({ code: 4, stderr: '' });
    expect(JSON.parse(printed.stdout)).toMatchObject({ deleted: [], failed: [{ id: expect.any(String) }], kept: 2 });

    await rewriteSandboxes(folder.dataDirectory, ({ labels }) =>
      labels['rlm.agent'] === 'left' ? { socketPath } : {},
    );
    const again = await folder.rlm(['sandboxes', '--sweep', '--json']);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(again.stdout)).toMatchObject({ deleted: [{ run: 'left', agent: 'left' }], failed: [], kept: 2 });
  });

  test('a Temporal server that cannot be reached is one clear line, and no sandbox goes', async () => {
    await ageSandboxes(folder.dataDirectory);
    const away = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { code, stdout, stderr } = await folder.rlm(['sandboxes', '--sweep'], away);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^rlm: cannot reach Temporal at 127\.0\.0\.1:1 \(TEMPORAL_ADDRESS\): .*\n$/);
    const listed = await folder.rlm(['sandboxes', '--json'], away);
    expect(JSON.parse(listed.stdout)).toHaveLength(3);
  });
});
