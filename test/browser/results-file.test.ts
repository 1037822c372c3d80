import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { RunDocument } from '../../src/results/run-document.ts';
import { exportPage } from '../../src/viewer/export-page.ts';
import { readPage } from '../../src/viewer/page-files.ts';
import { startViewer } from '../../src/viewer/viewer-server.ts';
import { startBrowser, type TestBrowser, type TestPage } from '../support/browser.ts';
import { reply, startWorld } from '../support/world.ts';

const hostile = '</script><script>document.title="broken into"</script><!--<script>';

let browser: TestBrowser;
let folder: string;
let document: RunDocument;
beforeAll(async () => {
  browser = await startBrowser();
  folder = await mkdtemp(join(tmpdir(), 'rlm-results-'));
  await using world = await startWorld();
  const cells = [
    'print(llm_query("what is it?"))',
    'print(rlm_query("look closer"))',
    `FINAL(${JSON.stringify(hostile)})`,
  ];
  const run = await world.run(
    'task: str -> answer: str',
    {
      agent: ({ depth, iteration }) => reply(depth > 0 ? 'FINAL("seen")' : (cells[iteration - 1] ?? '')),
      query: () => `It is ${hostile}`,
    },
    { inputs: { task: `Look into ${hostile}` } },
  );
  document = await run.document();
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  if (folder) await rm(folder, { recursive: true });
});

/** All of the run is there to be seen. */
async function showsTheRun({ page, problems }: TestPage): Promise<void> {
  await page.getByRole('heading', { level: 1, name: 'Look into' }).waitFor();
  await page.locator('#iteration-1').getByRole('button', { name: 'llm_query' }).click();
  await page.getByText('what is it?', { exact: true }).waitFor();
  await page.getByText(`It is ${hostile}`, { exact: true }).first().waitFor();
  await page.getByRole('link', { name: `${document.runId}/2.1, completed: look closer` }).click();
  await page.getByRole('heading', { level: 2, name: '2.1' }).waitFor();
  await page.getByRole('tab', { name: 'Timeline' }).click();
  await page.getByRole('img', { name: 'timeline of 2 agents' }).waitFor();
  expect(await page.title()).not.toContain('broken');
  expect(problems).toEqual([]);
}

it('an exported run is one file that shows everything without a server, and reaches nothing', async () => {
  const file = join(folder, 'run.html');
  await writeFile(file, exportPage(readPage(inject('pageDirectory')), document));
  const view = await browser.open();
  const requests: string[] = [];
  view.page.on('request', (request) => requests.push(request.url()));
  await view.page.goto(pathToFileURL(file).href);
  await showsTheRun(view);
  await view.picture('exported');
  expect(requests).toEqual([pathToFileURL(file).href]);
  expect(await view.page.getByRole('link', { name: 'Runs', exact: true }).count()).toBe(0);
});

it('a results file is served without Temporal', async () => {
  await using viewer = await startViewer({ document }, { port: 0, pageDirectory: inject('pageDirectory') });
  const view = await browser.open();
  await view.page.goto(viewer.url);
  await showsTheRun(view);
  expect((await fetch(new URL('/api/runs', viewer.url))).status).toBe(404);
});

it('a results file is opened in the page, or dropped on it; another file is refused in one line', async () => {
  const empty = { ...document, runId: 'first', root: { ...document.root, agentId: 'first', children: [] } };
  await using viewer = await startViewer({ document: empty }, { port: 0, pageDirectory: inject('pageDirectory') });
  const view = await browser.open();
  const { page } = view;
  await page.goto(viewer.url);
  const buffer = Buffer.from(JSON.stringify(document));
  const chooser = page.locator('input[type=file]');
  await chooser.setInputFiles({ name: 'other.json', mimeType: 'application/json', buffer: Buffer.from('{"a": 1}') });
  await page.getByText('other.json: this JSON is not the results of a run').waitFor();
  await chooser.setInputFiles({ name: 'run.json', mimeType: 'application/json', buffer });
  await showsTheRun(view);

  await page.goto(`${viewer.url}#/run/first`);
  await page.getByText('first', { exact: true }).first().waitFor();
  await page.evaluate(`(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([${JSON.stringify(buffer.toString('utf8'))}], 'run.json'));
    document.querySelector('.app').dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
  })()`);
  await expect.poll(() => page.url()).toContain(document.runId);
});
