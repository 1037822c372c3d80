import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { RunHandle } from '../../src/client/run-handle.ts';
import type { RunDocument } from '../../src/results/run-document.ts';
import { type RunningViewer, startViewer } from '../../src/viewer/viewer-server.ts';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
import { ownNamespace } from '../support/own-namespace.ts';
import { reply, startWorld, type World } from '../support/world.ts';

let world: World;
let browser: TestBrowser;
let viewer: RunningViewer;
let source: RunDocument;
beforeAll(async () => {
  const startOwn = async () => startWorld({ namespace: await ownNamespace() });
  [world, browser] = await Promise.all([startOwn(), startBrowser()]);
  const { client, store, settings } = world;
  viewer = await startViewer(
    { client, store, settings, uiUrl: null },
    { port: 0, pageDirectory: inject('pageDirectory') },
  );
  const script = {
    agent: () => reply('count = globals().get("count", 0) + 1\nprint(count)'),
    extraction: () => '{"answer": "no time"}',
  };
  const run = await world.run('-> answer: str', script, { limits: { maxIterations: 2 } });
  source = await run.document();
});
afterAll(async () => {
  await viewer?.[Symbol.asyncDispose]();
  await browser?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

/** Opens the dialog by the button of the run, or of one of its iterations. */
async function openDialog(iteration: number | null, size: { width?: number; height?: number } = {}) {
  const view = await browser.open(size);
  const { page } = view;
  await page.goto(`${viewer.url}#/run/${source.runId}${iteration === null ? '' : `?iteration=${iteration}`}`);
  const place = iteration === null ? page.locator('.run-header') : page.locator(`#iteration-${iteration}`);
  await place.getByRole('button', { name: 'Fork' }).click();
  return { ...view, dialog: page.getByRole('dialog', { name: `Fork ${source.runId}` }) };
}

/** The run that the page shows once the fork has started. */
async function forkShownBy(page: Awaited<ReturnType<typeof openDialog>>['page']) {
  await page.waitForURL(/#\/run\/fork_/);
  const [, runId = ''] = /#\/run\/([^?/]+)/.exec(page.url()) ?? [];
  await using handle = new RunHandle(world.client, world.store, runId);
  return await handle.document();
}

it('a run that was cut off at its iterations goes on with more of them, and with what else is chosen', async () => {
  const model = world.script({
    agent: () => reply('FINAL(f"{count}: {llm_query(\'more?\')}")'),
  });
  const subModel = world.script({ agent: () => '', query: () => 'no more' });
  const { page, dialog, picture, problems } = await openDialog(null);
  // All was used up: as many again are offered.
  expect(await dialog.getByLabel('After iteration').inputValue()).toBe('2');
  expect(await dialog.getByLabel('Iterations at most').inputValue()).toBe('4');
  await dialog.getByLabel('Iterations at most').fill('7');
  await dialog.getByLabel('Model', { exact: true }).fill(model);
  await dialog.getByLabel('Model for queries').fill(subModel);
  await dialog.getByText('Other limits').click();
  expect(await dialog.getByLabel('maxSandboxes').getAttribute('placeholder')).toBe('50');
  await dialog.getByLabel('maxCostUsd').fill('1.5');
  await picture('fork');
  await dialog.getByRole('button', { name: 'Fork' }).click();
  const fork = await forkShownBy(page);
  expect(fork.root).toMatchObject({
    status: 'completed',
    model,
    output: { answer: '2: no more' },
    forkOf: { agentId: source.runId, after: 2 },
  });
  expect(fork.limits).toEqual({ ...source.limits, maxIterations: 7, maxCostUsd: 1.5 });
  expect(problems).toEqual([]);
});

it('says in the server’s one line what cannot be, and keeps what was typed', async () => {
  const { page, dialog, picture } = await openDialog(1);
  const refused = async (label: string, text: string, line: string | RegExp) => {
    const before = await dialog.getByLabel(label, { exact: true }).inputValue();
    await dialog.getByLabel(label, { exact: true }).fill(text);
    await page.keyboard.press('Enter');
    await dialog.getByRole('alert').getByText(line, { exact: true }).waitFor();
    expect(await dialog.getByLabel(label, { exact: true }).inputValue()).toBe(text);
    await dialog.getByLabel(label, { exact: true }).fill(before);
  };
  await dialog.getByLabel('Other instructions').fill('Be quick.');
  await refused('Model', 'nobody/knows', /unknown model provider "nobody"/);
  await refused(
    'After iteration 0 to 2',
    '9',
    `${source.runId} has ended 2 iterations; it can be forked after 0 to 2, not 9`,
  );
  await refused(
    'Iterations at most maxIterations',
    'many',
    'maxIterations is "many"; it must be a whole number above 0',
  );
  await picture('fork-refused');
  expect(await dialog.getByLabel('Other instructions').inputValue()).toBe('Be quick.');
  expect(page.url()).toContain(source.runId);
});

it('is filled in by the keyboard alone, at a width of 400 pixels', async () => {
  const { page, dialog, picture } = await openDialog(1, { width: 400, height: 700 });
  await dialog.getByText('Other limits').click();
  await picture('fork-narrow');
  const box = await dialog.boundingBox();
  expect(box?.x).toBeGreaterThanOrEqual(0);
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(400);
  expect(
    await page.evaluate(
      "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('dialog'))",
    ),
  ).toBe(0);
  await page.keyboard.press('Escape');
  await expect.poll(() => dialog.count()).toBe(0);
  await page.locator('#iteration-1').getByRole('button', { name: 'Fork' }).press('Enter');
  await dialog.getByLabel('After iteration').press('Tab');
  await page.keyboard.type('3');
  await page.keyboard.press('Enter');
  const fork = await forkShownBy(page);
  expect(fork.root.forkOf).toMatchObject({ agentId: source.runId, after: 1 });
  expect(fork.limits?.maxIterations).toBe(3);
});
