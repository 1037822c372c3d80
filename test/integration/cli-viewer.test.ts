import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RlmFolder, type RunningCommand } from '../support/rlm-command.ts';
import { until } from '../support/until.ts';

let folder: RlmFolder;
beforeAll(async () => {
  folder = await RlmFolder.make();
  const run = await folder.rlm([
    'run',
    'text: str -> counts: str',
    '-i',
    'text=a b a',
    '-m',
    'scripted/echo',
    '--id',
    'words',
  ]);
  expect(run.code).toBe(0);
});
afterAll(() => folder?.[Symbol.asyncDispose]());

/** The address that a command says the viewer is at. */
async function address({ child, said }: RunningCommand): Promise<string> {
  let text = '';
  child.stderr?.on('data', (part: string) => {
    text += part;
  });
  await said('viewer     http://');
  await until(() => /viewer {5}(\S+)/.test(text));
  return /viewer {5}(\S+)/.exec(text)?.[1] ?? '';
}

it('rlm viewer says where it is, shows the page and the runs, and ends at a signal', async () => {
  const viewer = folder.start(['viewer', '--port', '0']);
  const url = await address(viewer);
  expect(await (await fetch(url)).text()).toContain('<div id="app">');
  expect((await fetch(new URL('/assets/app.js', url))).status).toBe(200);
  expect(await (await fetch(new URL('/api/information', url))).json()).toMatchObject({ kind: 'live' });
  viewer.child.kill('SIGTERM');
  expect((await viewer.ended).code).toBe(0);
});

it('rlm viewer FILE shows a results file without Temporal', async () => {
  const viewer = folder.start(['viewer', 'results/words.json', '--port', '0'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
  const url = await address(viewer);
  expect(await (await fetch(new URL('/api/results', url))).json()).toMatchObject({ runId: 'words', scripted: true });
  viewer.child.kill('SIGINT');
  expect((await viewer.ended).code).toBe(0);
});

it('rlm viewer asks for a token where others reach it', async () => {
  const viewer = folder.start(['viewer', 'results/words.json', '--port', '0', '--host', '0.0.0.0']);
  const url = (await address(viewer)).replace('0.0.0.0', '127.0.0.1');
  expect(url).toMatch(/\?token=[\w-]{32}$/);
  expect((await fetch(new URL('/', url))).status).toBe(401);
  viewer.child.kill('SIGINT');
  await viewer.ended;
});

it('rlm dev serves the viewer too', async () => {
  const dev = folder.start(['dev', '--port', '0']);
  const url = await address(dev);
  expect((await fetch(url)).status).toBe(200);
  dev.child.kill('SIGINT');
  expect((await dev.ended).code).toBe(0);
});

it('rlm export writes a run, or a results file, as one page that says that a scripted model answered', async () => {
  expect((await folder.rlm(['export', 'words', '--html', '-o', 'words.html'])).code).toBe(0);
  const html = await readFile(folder.path('words.html'), 'utf8');
  expect(html).toContain('"runId":"words"');
  expect(html).toContain('"scripted":true');
  expect((await folder.rlm(['export', 'results/words.json'], { TEMPORAL_ADDRESS: '127.0.0.1:1' })).stderr).toBe(
    'wrote words.html\n',
  );
});

it.each([
  [['viewer', '--port', 'x'], '--port is "x"; it must be a number up to 65535'],
  [['viewer', '--token', 'short'], '--token is too easy to guess'],
  [['viewer', 'nowhere.json'], 'nowhere.json cannot be read'],
  [['viewer', 'config.yaml'], 'config.yaml is not the results of a run'],
  [['export', 'nobody'], 'there is no run nobody'],
  [['export', 'words', '-o', 'nowhere/words.html'], 'there is no folder nowhere'],
])('rlm %j says in one line what is wrong', async (args, message) => {
  const { code, stderr } = await folder.rlm(args);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('    at ');
});
