import { expect, inject, it } from 'vitest';
import { acquireEmbeddedServer } from '../../src/embedded/embedded-server.ts';
import { startViewer } from '../../src/viewer/viewer-server.ts';
import { takeServerAway } from '../support/away-server.ts';
import { startBrowser } from '../support/browser.ts';
import { removeDataDirectory, temporaryDataDirectory } from '../support/embedded-server.ts';
import { reply, startWorldAt } from '../support/world-at.ts';

/** How long the server is away, in milliseconds. */
const awayMs = 3_000;

it('the page outlasts a Temporal server that is killed and started anew, and shows the end of the run', async () => {
  await using ending = new AsyncDisposableStack();
  const dataDirectory = await temporaryDataDirectory();
  ending.defer(() => removeDataDirectory(dataDirectory));
  const server = ending.use(await acquireEmbeddedServer({ dataDirectory, ports: 'any' }));
  const place = { temporalAddress: server.address, workflowBundlePath: inject('workflowBundlePath') };
  const world = ending.use(await startWorldAt(place));
  const { client, store, settings } = world;
  const viewer = ending.use(
    await startViewer({ client, store, settings, uiUrl: null }, { port: 0, pageDirectory: inject('pageDirectory') }),
  );
  const browser = ending.use(await startBrowser());
  const asked = Promise.withResolvers<void>();
  const run = await world.run('-> answer: str', {
    agent: [reply('print(llm_query("are you there?"))'), reply('FINAL("done")')],
    query: async () => {
      await asked.promise;
      return 'I am';
    },
  });
  const { page, picture } = await browser.open();
  await page.goto(`${viewer.url}#/run/${run.runId}`);
  await page.locator('#iteration-1').getByRole('button', { name: 'llm_query' }).waitFor();
  await takeServerAway(dataDirectory, awayMs);
  await picture('server-restarts');
  asked.resolve();
  expect((await run.document()).status).toBe('completed');
  await page.locator('.run-header').getByText('completed').waitFor();
  await page.locator('#iteration-2').getByText('submitted').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});
