import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { formatCost } from '../../src/cli/format-quantities.ts';
import type { RunHandle } from '../../src/client/run-handle.ts';
import { startRun } from '../../src/client/start-run.ts';
import { type RunningViewer, startViewer } from '../../src/viewer/viewer-server.ts';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
import { ownNamespace } from '../support/own-namespace.ts';
import { until } from '../support/until.ts';
import { reply, startWorld, type World } from '../support/world.ts';

let world: World;
let browser: TestBrowser;
let viewer: RunningViewer;
beforeAll(async () => {
  const startOwn = async () => startWorld({ namespace: await ownNamespace() });
  [world, browser] = await Promise.all([startOwn(), startBrowser()]);
  viewer = await serve();
});
afterAll(async () => {
  await viewer?.[Symbol.asyncDispose]();
  await browser?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

function serve(port = 0): Promise<RunningViewer> {
  const { client, store, settings } = world;
  return startViewer({ client, store, settings, uiUrl: null }, { port, pageDirectory: inject('pageDirectory') });
}

/** A run that prints lines for as long as nobody ends it, in the second of its iterations. */
function startTalking(): Promise<RunHandle<unknown>> {
  const talk = 'import time\nfor n in range(10_000):\n    print("line", n)\n    time.sleep(0.1)';
  return world.run('-> answer: str', { agent: [reply('print("hello")'), reply(talk)] });
}

/** A run of two sub-agents that wait for nothing that comes, unless they are cancelled. */
function startWaiting(): Promise<RunHandle<unknown>> {
  const agent = [
    [reply('answers = rlm_query_batched(["first part", "second part"])\nFINAL(" | ".join(answers))')],
    [reply('import time\ntime.sleep(300)')],
  ];
  return world.run('-> answer: str', { agent });
}

it('a new iteration, a call and a line of output appear while the run goes on, and its end', async () => {
  const asked = Promise.withResolvers<void>();
  const { page, picture, problems } = await browser.open();
  await page.goto(viewer.url);
  const run = await world.run('-> answer: str', {
    agent: [
      reply('print("hello")'),
      reply('print("asking")\nprint(llm_query("are you there?"))'),
      reply('FINAL("done")'),
    ],
    query: async () => {
      await asked.promise;
      return 'I am';
    },
  });
  // Nobody said which run: the newest one opens by itself when it begins.
  await page.getByText('hello').first().waitFor({ state: 'attached' });
  expect(page.url()).toContain(run.runId);
  const second = page.locator('#iteration-2');
  await second.getByText('running code').waitFor();
  await second.getByRole('button', { name: 'llm_query' }).click();
  await second.getByText('are you there?', { exact: true }).waitFor();
  await second.getByText('no answer yet').waitFor();
  await second.getByRole('region', { name: 'output so far' }).getByText('asking').waitFor();
  await picture('live');
  asked.resolve();
  await second.getByText('I am', { exact: true }).first().waitFor();
  await page.locator('.run-header').getByText('completed').waitFor();
  await page.locator('#iteration-3').getByText('submitted').waitFor();
  expect(problems).toEqual([]);
});

it('shows what the model says while it says it', async () => {
  const halfWay = Promise.withResolvers<void>();
  const said = `I shall print a word.\n\n${reply('print("written")\nFINAL("done")')}`;
  const run = await world.run('-> answer: str', {
    agent: [
      {
        content: said,
        reasoning: 'A word is asked for.',
        async *pieces() {
          yield said.slice(0, 21);
          await halfWay.promise;
          yield said.slice(21);
        },
      },
    ],
  });
  const { page, picture, problems } = await browser.open();
  await page.goto(`${viewer.url}#/run/${run.runId}`);
  const first = page.locator('#iteration-1');
  await first.getByRole('region', { name: 'thoughts so far' }).getByText('A word is asked for.').waitFor();
  await first.getByRole('region', { name: 'reply so far' }).getByText('I shall print a word.').waitFor();
  await first.getByText('The model replies …').waitFor();
  await picture('live-reply');
  halfWay.resolve();
  await page.locator('.run-header').getByText('completed').waitFor();
  await first.getByText('written').first().waitFor();
  expect(await page.getByRole('region', { name: 'reply so far' }).count()).toBe(0);
  expect(problems).toEqual([]);
});

it('goes on after a restart of the viewer, and shows what happened meanwhile', async () => {
  const run = await startTalking();
  const { page } = await browser.open();
  await page.goto(`${viewer.url}#/run/${run.runId}`);
  await page.getByRole('region', { name: 'output so far' }).getByText('line 3').waitFor();
  const { port } = new URL(viewer.url);
  await viewer[Symbol.asyncDispose]();
  await page.getByText('reconnecting …').waitFor();
  await run.cancel();
  expect((await run.document()).status).toBe('cancelled');
  viewer = await serve(Number(port));
  await page.locator('.run-header').getByText('cancelled').waitFor();
  await expect.poll(() => page.getByText('reconnecting …').count()).toBe(0);
});

it('goes on while no worker does, and when one comes back', async () => {
  const run = await startTalking();
  const { page } = await browser.open();
  await page.goto(`${viewer.url}#/run/${run.runId}`);
  const output = page.getByRole('region', { name: 'output so far' });
  await output.getByText('line 3').waitFor();
  await world.stopWorker();
  const before = await output.textContent();
  await expect.poll(() => output.textContent()).not.toBe(before);
  await run.cancel();
  await world.startWorker();
  await page.locator('.run-header').getByText('cancelled').waitFor({ timeout: 60_000 });
});

it('follows a run once, however many look at it', async () => {
  const run = await startTalking();
  const pages = await Promise.all([browser.open(), browser.open()]);
  for (const { page } of pages) {
    await page.goto(`${viewer.url}#/run/${run.runId}`);
    await page.locator('#iteration-2').getByText('running code').waitFor();
  }
  await run.cancel();
  for (const { page } of pages) await page.locator('.run-header').getByText('cancelled').waitFor();
});

it('the list of runs shows how many agents a run has had so far, and what they cost', async () => {
  const second = Promise.withResolvers<void>();
  const model = world.script({
    agent: async ({ depth, firstMessage }) => {
      if (depth === 0) return reply('FINAL(" ".join(rlm_query_batched(["the first part", "the second part"])))');
      if (firstMessage.includes('the second part')) await second.promise;
      return reply('FINAL("seen")');
    },
  });
  world.settings.models.prices[model] = { input: 3, output: 15 };
  const run = await startRun(world.client, '-> answer: str', { inputs: {}, model, settings: world.settings });
  const { page, picture } = await browser.open();
  await page.goto(`${viewer.url}#/runs`);
  const row = page.getByRole('row', { name: run.runId });
  const figures = row.getByRole('cell');
  await row.getByRole('cell', { name: '3', exact: true }).waitFor();
  await row.getByRole('cell', { name: '$0.0' }).waitFor();
  expect(await figures.first().textContent()).toContain('running');
  await picture('runs-going-on');
  second.resolve();
  await row.getByText('completed').waitFor();
  const { costUsd } = (await run.document()).usage;
  expect(await figures.nth(4).textContent()).toBe(formatCost(costUsd));
});

it('a batch of sub-agents is one call of its parent, which says how far it is and opens to the list of them', async () => {
  const others = Promise.withResolvers<void>();
  const tasks = 'print(rlm_query_batched([f"part {n}" for n in range(5)]))';
  const run = await world.run(
    '-> answer: str',
    {
      agent: async ({ depth, iteration, firstMessage }) => {
        if (depth === 0) return reply(iteration === 1 ? tasks : 'FINAL("done")');
        if (firstMessage.includes('part 1')) throw new Error('no such part');
        if (!firstMessage.includes('part 0')) await others.promise;
        return reply('FINAL("nothing wrong")');
      },
    },
    { limits: { maxConcurrency: 4 } },
  );
  const { page, picture, problems } = await browser.open();
  await page.goto(`${viewer.url}#/run/${run.runId}`);
  const calls = page.getByRole('list', { name: 'calls' });
  const batch = calls.getByRole('button', { name: 'rlm_query_batched' });
  await batch.getByText('1 of 5 done').waitFor();
  await batch.getByText('1 failed').waitFor();
  await batch.getByText('3 running').waitFor();
  expect(await calls.getByRole('listitem').count()).toBe(1);
  await batch.click();
  const agents = calls.getByRole('list', { name: 'sub-agents' }).getByRole('link');
  await expect.poll(() => agents.count()).toBe(5);
  await picture('live-batch');
  await page.setViewportSize({ width: 400, height: 800 });
  await batch.scrollIntoViewIfNeeded();
  await picture('narrow-live-batch');
  const head = await batch.boundingBox();
  const standing = await batch.getByText('1 failed').boundingBox();
  expect((standing?.x ?? 0) + (standing?.width ?? 0)).toBeLessThanOrEqual((head?.x ?? 0) + (head?.width ?? 0));
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
  await page.setViewportSize({ width: 1_360, height: 860 });
  others.resolve();
  await page.locator('.run-header').getByText('completed').waitFor();
  await batch.getByText('1 failed').waitFor();
  expect(await batch.getByText('done').count()).toBe(0);
  await agents.nth(2).click();
  await page.getByRole('heading', { level: 2, name: '1.3' }).waitFor();
  expect(problems).toEqual([]);
});

it('a sub-agent is cancelled by its button, and its parent goes on without it', async () => {
  const run = await startWaiting();
  const { page, picture } = await browser.open();
  await page.goto(`${viewer.url}#/run/${run.runId}/1.1`);
  const panel = page.getByRole('region', { name: `agent ${run.runId}/1.1` });
  await panel.locator('#iteration-1').getByText('running code').waitFor();
  await panel.getByRole('button', { name: 'Cancel' }).click();
  const question = page.getByRole('dialog', { name: 'Cancel this agent?' });
  await question.waitFor();
  await picture('cancel-agent');
  await question.getByRole('button', { name: 'No' }).click();
  await panel.getByRole('button', { name: 'Cancel' }).click();
  await question.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText(`${run.runId}/1.1 is being cancelled`).waitFor();
  await panel.locator('.agent-head').getByText('cancelled').waitFor();
  await page.locator('.run-header').getByText('running', { exact: true }).waitFor();

  await page.getByRole('button', { name: 'Cancel run' }).click();
  await page.getByRole('dialog', { name: 'Cancel the whole run?' }).getByRole('button', { name: 'Cancel' }).click();
  await page.locator('.run-header').getByText('cancelled').waitFor();
  expect((await run.document()).status).toBe('cancelled');
});

it('a run is paused, told something and resumed by its buttons, each of which leaves a mark', async () => {
  const second = Promise.withResolvers<void>();
  const run = await world.run('-> answer: str', {
    agent: async ({ iteration, messages }) => {
      if (iteration === 1) return reply('print("hello")');
      if (iteration === 2) {
        await second.promise;
        return reply('print("again")');
      }
      return reply(`FINAL(${JSON.stringify(String(messages.at(-1)?.content.includes('Hurry up.')))})`);
    },
  });
  const { page, picture } = await browser.open();
  await page.goto(`${viewer.url}#/run/${run.runId}`);
  const act = async (verb: string, text?: string) => {
    await page.locator('.run-header').getByRole('button', { name: verb }).click();
    const question = page.getByRole('dialog');
    if (text !== undefined) await question.getByLabel('note to the model').fill(text);
    await picture(`verb-${verb.toLowerCase()}`);
    await question.getByRole('button', { name: verb }).click();
  };
  await page.locator('#iteration-2').getByText('asking the model').waitFor();
  await act('Pause');
  await page.locator('.run-header').getByText('paused', { exact: true }).waitFor();
  await act('Tell', 'Hurry up.');
  await page.getByText('it was told: Hurry up.').waitFor();
  second.resolve();
  await page.locator('#iteration-2').getByText('ok', { exact: true }).waitFor();
  await act('Resume');
  await page.locator('.run-header').getByText('completed').waitFor();
  expect((await run.document()).output).toEqual({ answer: 'true' });
});

it('a run is forked after one of its iterations, and a sub-agent’s task is done anew', async () => {
  let told = '';
  const run = await world.run('-> answer: str', {
    agent: ({ depth, iteration, messages }) => {
      if (depth > 0) return reply('FINAL("seen")');
      told = messages[0]?.content ?? '';
      return reply(['found = 41', 'print(rlm_query("look"))', 'FINAL(str(found + 1))'][iteration - 1] ?? '');
    },
  });
  await run.document();
  const { page } = await browser.open();
  await page.goto(`${viewer.url}#/run/${run.runId}?iteration=1`);
  await page.locator('#iteration-1').getByRole('button', { name: 'Fork' }).click();
  const question = page.getByRole('dialog', { name: `Fork ${run.runId}` });
  await question.getByLabel('Other instructions').fill('Be brief.');
  await question.getByRole('button', { name: 'Fork' }).click();
  await page.waitForURL(/#\/run\/fork_/);
  await page.locator('.run-header').getByText('completed').waitFor();
  await page.getByText(`a fork of ${run.runId} after iteration 1`).first().waitFor();
  expect(told).toContain('Be brief.');

  await page.goto(`${viewer.url}#/run/${run.runId}/2.1`);
  await page.getByRole('button', { name: 'Retry' }).click();
  await page.getByRole('dialog', { name: 'does this task anew' }).getByRole('button', { name: 'Retry' }).click();
  await page.waitForURL(/#\/run\/fork_/);
  await page.locator('.run-header').getByText('completed').waitFor();
});

it('says in one line that a run is not there, or that what was to be cancelled has ended meanwhile', async () => {
  const { page } = await browser.open();
  await page.goto(`${viewer.url}#/run/nobody`);
  await page.getByText('there is no run nobody').waitFor();

  const run = await startWaiting();
  await page.goto(`${viewer.url}#/run/${run.runId}`);
  await page.getByRole('button', { name: 'Cancel run' }).click();
  // The page does not hear of the end before it asks.
  await page.route('**/api/verbs', async (route) => {
    await run.cancel();
    await run.document();
    await route.continue();
  });
  await page.getByRole('dialog', { name: 'Cancel the whole run?' }).getByRole('button', { name: 'Cancel' }).click();
  await page.getByText(`${run.runId} has ended already (cancelled)`).waitFor();
  await until(async () => (await run.document()).status === 'cancelled');
});
