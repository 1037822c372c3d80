import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { SandboxState } from '../../src/sandbox/local/state-files.ts';
import { type RunningViewer, startViewer } from '../../src/viewer/viewer-server.ts';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
import { ownNamespace } from '../support/own-namespace.ts';
import { reply, startWorld, type World } from '../support/world.ts';

let world: World;
let browser: TestBrowser;
let viewer: RunningViewer;
beforeAll(async () => {
  const startOwn = async () => startWorld({ namespace: await ownNamespace() });
  [world, browser] = await Promise.all([startOwn(), startBrowser()]);
  const { client, store, settings } = world;
  viewer = await startViewer(
    { client, store, settings, uiUrl: null },
    { port: 0, pageDirectory: inject('pageDirectory') },
  );
});
afterAll(async () => {
  await viewer?.[Symbol.asyncDispose]();
  await browser?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

function killSandboxes(): void {
  const directory = join(world.dataDirectory, 'sandboxes');
  for (const name of readdirSync(directory).filter((file) => file.endsWith('.json'))) {
    const { process: first } = SandboxState.parse(JSON.parse(readFileSync(join(directory, name), 'utf8')));
    process.kill(first.pid, 'SIGKILL');
  }
}

it('a lost sandbox, a divergence, a shortened conversation and a note are among the remarks, live and afterwards', async () => {
  const last = Promise.withResolvers<void>();
  const run = await world.run(
    '-> answer: str',
    {
      agent: async ({ iteration }) => {
        // It shows something else each time that it runs.
        if (iteration === 1) return reply('import time\nprint(time.time_ns())');
        if (iteration < 8) return reply(`print("x" * 2_800)`);
        if (iteration === 8) killSandboxes();
        if (iteration === 9) await last.promise;
        return reply(iteration === 8 ? 'print("still here")' : 'FINAL("done")');
      },
      summary: () => 'Of what was said: it printed many letters.',
    },
    { contextWindow: 6_000 },
  );
  const { page, picture, problems } = await browser.open();
  await page.goto(`${viewer.url}#/run/${run.runId}`);
  const remark = (text: RegExp) => page.locator('.remarks').getByText(text).first();
  await remark(/its sandbox was lost and built again once/).waitFor();
  await remark(/its conversation up to iteration \d was shortened/).waitFor();
  await run.tell('Come to an end.');
  await remark(/told.*: Come to an end\./).waitFor();
  last.resolve();
  await page.locator('.run-header').getByText('completed').waitFor();
  await remark(/its sandbox was lost and built again once/).waitFor();
  await remark(/its conversation up to iteration \d was shortened/).waitFor();
  await remark(/told.*: Come to an end\./).waitFor();
  await remark(/iteration 1 went another way when it was run again/).waitFor();
  await page.getByText('Of what was said: it printed many letters.').first().waitFor();
  expect(await page.locator('.totals').textContent()).toContain('Recoveries1');
  await picture('remarks');
  expect(problems).toEqual([]);
});
