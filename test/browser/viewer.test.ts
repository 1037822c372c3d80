import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { RunDocument } from '../../src/results/run-document.ts';
import { type RunningViewer, startViewer } from '../../src/viewer/viewer-server.ts';
import { startBrowser, type TestBrowser, type TestPage } from '../support/browser.ts';
import { GitRepository } from '../support/git-repository.ts';
import { ownNamespace } from '../support/own-namespace.ts';
import { reply, startWorld, type World } from '../support/world.ts';

/** The room for names left of the timeline's lines, in pixels. */
const gutter = 116;

/** What would do harm as markup. */
const hostile = '<img src=x onerror="document.title=\'broken into\'"><script>document.title="broken into"</script>';

let world: World;
let browser: TestBrowser;
let viewer: RunningViewer;
let repository: GitRepository;
let run: RunDocument;
let view: TestPage;
beforeAll(async () => {
  const startOwn = async () => startWorld({ namespace: await ownNamespace() });
  [world, browser] = await Promise.all([startOwn(), startBrowser()]);
  repository = new GitRepository({ 'README.md': 'hello\n', 'src/main.py': 'print("hello")\n' });
  const { client, store, settings } = world;
  viewer = await startViewer(
    { client, store, settings, uiUrl: 'http://127.0.0.1:8233' },
    { port: 0, pageDirectory: inject('pageDirectory') },
  );
  run = await investigate();
});
afterAll(async () => {
  await viewer?.[Symbol.asyncDispose]();
  await browser?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
  repository?.[Symbol.dispose]();
});

/** A run with everything in it: an error, queries, a batch of sub-agents of which one fails, a patch, numbers. */
async function investigate(): Promise<RunDocument> {
  const cells = [
    `I look at the log first.\n\n${reply(`print(${JSON.stringify(hostile)})\nfor n in range(200): print("line", n)\nprint(open("nothing").read())`)}`,
    reply(
      'notes = llm_query_batched([f"summarize part {n}" for n in range(6)])\nanswers = rlm_query_batched([f"read part {n}" for n in range(6)])\nprint(answers)',
    ),
    reply(
      'open("src/main.py", "w").write("print(\\"hello, world\\")\\n")\nSUBMIT("Two timeouts.", [{"part": f"part {n}", "faults": n * n % 7} for n in range(8)])',
    ),
  ];
  const started = await world.run(
    'task: str -> answer: str, counts: list[dict]',
    {
      agent: ({ depth, iteration, firstMessage }) => {
        if (depth === 0) return cells[iteration - 1] ?? '';
        if (firstMessage.includes('read part 4')) return reply('raise ValueError("the part is empty")');
        if (firstMessage.includes('read part 2') && depth === 1) return reply('FINAL(rlm_query("look at the disk"))');
        return reply('FINAL("nothing wrong but a timeout in line 12")');
      },
      query: (prompt) => `Of ${prompt}: a web server’s. ${hostile}`,
      extraction: () => 'no JSON',
    },
    {
      inputs: { task: 'Investigate the log of yesterday: what went wrong, and where?' },
      limits: { maxDepth: 3, maxIterations: 4 },
      workspace: { repository: repository.directory },
    },
  );
  return started.document();
}

async function open(hash: string, options: Parameters<TestBrowser['open']>[0] = {}): Promise<TestPage> {
  view = await browser.open(options);
  await view.page.goto(`${viewer.url}${hash}`);
  return view;
}

/** Nothing that a model or a sandbox wrote became markup, and the page had no fault. */
async function isWell({ page, problems }: TestPage): Promise<void> {
  expect(problems).toEqual([]);
  expect(await page.title()).toBe('rlm');
  expect(await page.locator('img').count()).toBe(0);
}

describe('the list of runs', () => {
  it('shows each run with its figures, filters them, and opens the one that is clicked', async () => {
    const { page, picture } = await open('#/runs');
    const row = page.getByRole('row', { name: run.runId });
    await row.waitFor();
    expect(await row.textContent()).toMatch(/completed[\s\S]*Investigate the log[\s\S]*openai\/script/);
    await picture('runs');
    await page.getByRole('button', { name: 'failed', exact: true }).click();
    await page.getByText('No run matches.').waitFor();
    await page.getByRole('button', { name: 'all', exact: true }).click();
    await page.getByLabel('filter runs').fill('nothing like it');
    await page.getByText('No run matches.').waitFor();
    await page.getByLabel('filter runs').fill('yesterday log');
    await row.click();
    await page.getByRole('heading', { level: 1, name: 'Investigate the log' }).waitFor();
    expect(page.url()).toContain(`#/run/${run.runId}`);
    await isWell(view);
  });

  it('is where a page begins that knows nothing better: the newest run opens by itself', async () => {
    const { page } = await open('');
    await page.getByRole('heading', { level: 1, name: 'Investigate the log' }).waitFor();
    expect(page.url()).toContain(`#/run/${run.runId}`);
  });
});

describe('one run', () => {
  it('shows its tree as cards with task and answer, and what it used of its limits', async () => {
    const { page, picture } = await open(`#/run/${run.runId}`);
    await page.locator('.card').nth(7).waitFor();
    await picture('tree');
    expect(await page.locator('.card').count()).toBe(8);
    const card = page.getByRole('link', { name: `${run.runId}/2.1, completed: read part 0` });
    expect(await card.textContent()).toMatch(
      /2\.1[\s\S]*1 iteration[\s\S]*read part 0[\s\S]*nothing wrong but a timeout/,
    );
    const figures = (await page.locator('.totals').textContent())?.replaceAll(/\s+/g, ' ');
    expect(figures).toMatch(/Agents8 1 failedDepth2 of 3Iterations\d+.*Sub-queries6Sandboxes8 of 50/);
    const temporal = page.getByRole('link', { name: 'Temporal', exact: true });
    expect(await temporal.getAttribute('href')).toContain(
      `/namespaces/${world.settings.temporal.namespace}/workflows/${run.runId}`,
    );
    await isWell(view);
  });

  it('moves and zooms its tree, folds what is below an agent, searches, and jumps to what fails', async () => {
    const { page, picture } = await open(`#/run/${run.runId}`);
    await page.locator('.card').nth(7).waitFor();
    const scale = () =>
      page.evaluate<number>("new DOMMatrix(getComputedStyle(document.querySelector('.plane')).transform).a");
    const before = await scale();
    await page.locator('.tree-map').hover();
    await page.mouse.wheel(0, -400);
    expect(await scale()).toBeGreaterThan(before);
    await page.getByRole('button', { name: 'show the whole tree' }).click();
    await page.getByRole('button', { name: `fold what is below ${run.runId}/2.3` }).click();
    await expect.poll(() => page.locator('.card').count()).toBe(7);
    await page.getByLabel('search agents').fill('disk');
    await expect.poll(() => page.locator('.card').count()).toBe(3);
    await page.getByLabel('search agents').fill('');
    await page.getByRole('button', { name: '1 failing' }).click();
    await page.getByRole('heading', { level: 2, name: '2.5' }).waitFor();
    expect(page.url()).toContain(`#/run/${run.runId}/2.5`);
    await page.getByText('How it ended').waitFor();
    await picture('failing-agent');
    await isWell(view);
  });

  it('shows the same as a list that the keyboard walks', async () => {
    const { page, picture } = await open(`#/run/${run.runId}?view=list`);
    const tree = page.getByRole('tree', { name: 'agents' });
    await tree.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const selected = page.getByRole('treeitem', { selected: true });
    await expect.poll(() => selected.textContent()).toMatch(/2\.2/);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => page.getByRole('treeitem').count()).toBe(7);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.getByRole('treeitem').count()).toBe(8);
    expect(await selected.getAttribute('aria-level')).toBe('2');
    await picture('list');
    await isWell(view);
  });

  it('shows who ran when, and opens what is clicked there', async () => {
    const { page, picture } = await open(`#/run/${run.runId}?view=timeline`);
    const lines = page.getByRole('img', { name: 'timeline of 8 agents' });
    await lines.waitFor();
    await page.getByRole('img', { name: 'how many agents' }).waitFor();
    await lines.hover({ position: { x: 30, y: 22 * 2.5 } });
    await page.getByRole('tooltip').getByText(`${run.runId}/2.1`).waitFor();
    await picture('timeline');
    await lines.click({ position: { x: 30, y: 22 * 2.5 } });
    await page.getByRole('heading', { level: 2, name: '2.1' }).waitFor();
    // Where its parent's line shows its start: that leads to what started it.
    const { root } = run;
    const width = (await lines.boundingBox())?.width ?? 0;
    const [started] = root.children.map(({ startedAt }) => Date.parse(startedAt)).sort((a, b) => a - b);
    const share = ((started ?? 0) - Date.parse(root.startedAt)) / root.durationMs;
    const position = { x: gutter + share * (width - gutter), y: 22 * 1.5 };
    await lines.hover({ position });
    await page
      .getByRole('tooltip')
      .getByText(/starts 2\.\d: read part \d/)
      .waitFor();
    await picture('timeline-start');
    await lines.click({ position });
    await expect.poll(() => page.url()).toContain(`#/run/${run.runId}?iteration=2&view=timeline`);
    await isWell(view);
  });

  it('is walked by single keys, which a dialog names', async () => {
    const { page, picture } = await open(`#/run/${run.runId}`);
    await page.locator('.card').nth(7).waitFor();
    for (const key of ['j', 'j', 'u', 'n']) await page.keyboard.press(key);
    await expect.poll(() => page.url()).toContain(`#/run/${run.runId}?iteration=1`);
    await page.keyboard.press('2');
    await page.getByRole('tree', { name: 'agents' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('disk');
    await expect.poll(() => page.getByRole('treeitem').count()).toBe(3);
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'keyboard shortcuts' }).waitFor();
    await picture('keys');
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
  });
});

describe('one agent', () => {
  it('shows reasoning, code, output and error of an iteration, and all of what was cut at a click', async () => {
    const { page, picture } = await open(`#/run/${run.runId}?iteration=1`);
    const iteration = page.locator('#iteration-1');
    await iteration.getByText('I look at the log first.').waitFor();
    // What is above it was read later, and takes more room than the page has.
    await page.getByRole('region', { name: 'patch' }).waitFor({ state: 'attached' });
    const top = () => page.evaluate<number>("document.querySelector('#iteration-1').getBoundingClientRect().top");
    await expect.poll(top).toBeLessThan(300);
    expect(await top()).toBeGreaterThan(0);
    expect(await iteration.locator('.tok-keyword').first().textContent()).toBe('for');
    await iteration.getByText('FileNotFoundError').waitFor();
    const output = iteration.getByRole('region', { name: 'output' });
    expect(await output.textContent()).not.toContain('line 100\n');
    await picture('iteration');
    await output.getByRole('button', { name: /show \d+ more lines/ }).click();
    expect(await output.textContent()).toContain('line 100\n');
    expect(await output.textContent()).toContain(hostile);
    await iteration.getByText('what the model was told').click();
    await iteration.getByRole('region', { name: 'system' }).waitFor();
    await isWell(view);
  });

  it('shows each call with prompts and answers, and leads to its sub-agents and back', async () => {
    const { page, picture } = await open(`#/run/${run.runId}?iteration=2`);
    const iteration = page.locator('#iteration-2');
    await iteration.getByRole('button', { name: 'llm_query_batched' }).click();
    await iteration.getByText('summarize part 5', { exact: true }).waitFor();
    expect(await iteration.getByText(`Of summarize part 0: a web server’s. ${hostile}`).count()).toBe(1);
    await picture('calls');
    await iteration.getByRole('button', { name: 'rlm_query_batched' }).click();
    await iteration.getByRole('link', { name: 'read part 2' }).click();
    await page.getByRole('heading', { level: 2, name: '2.3' }).waitFor();
    await page.getByRole('link', { name: 'root' }).click();
    await expect.poll(() => page.url()).toContain(`#/run/${run.runId}?iteration=2`);
    await isWell(view);
  });

  it('shows its outputs as text, table and chart, and its patch as a diff', async () => {
    const { page, picture } = await open(`#/run/${run.runId}`, { height: 1_400 });
    await page.getByText('Two timeouts.', { exact: true }).first().waitFor();
    const table = page.getByRole('table', { name: 'counts' });
    expect(await table.getByRole('row').count()).toBe(9);
    await page.getByRole('img', { name: 'chart of counts' }).waitFor();
    const patch = page.getByRole('region', { name: 'patch' });
    expect(await patch.locator('tr.removed').textContent()).toContain('print("hello")');
    expect(await patch.locator('tr.added').textContent()).toContain('print("hello, world")');
    await picture('answer');
    await isWell(view);
  });
});

it('is dark where the system is, and light again at a click', async () => {
  const { page, picture } = await open(`#/run/${run.runId}?iteration=2&view=timeline`, { colorScheme: 'dark' });
  await page.locator('#iteration-2 .code').waitFor();
  const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  expect(await background()).toBe('rgb(18, 20, 22)');
  await picture('dark-timeline');
  await page.keyboard.press('1');
  await page.locator('.card').nth(5).waitFor();
  await picture('dark-tree');
  await page.getByRole('button', { name: 'light colours' }).click();
  expect(await background()).toBe('rgb(246, 246, 244)');
});

it('is usable at a width of 400 pixels', async () => {
  const { page, picture } = await open('#/runs', { width: 400, height: 800 });
  await page.getByText('Investigate the log').first().waitFor();
  await picture('narrow-runs');
  const tooWide =
    "[...document.querySelectorAll('.runs-page *')].filter((one) => one.getBoundingClientRect().right > innerWidth)";
  expect(await page.evaluate(`${tooWide}.map(({ className }) => className)`)).toEqual([]);
  await page.getByText('Investigate the log').first().click();
  await page.getByRole('tab', { name: 'List' }).click();
  await page.getByRole('treeitem', { name: 'read part 1' }).click();
  await page.getByRole('heading', { level: 2, name: '2.2' }).waitFor();
  await picture('narrow-list');
  await page.locator('.iteration .code').scrollIntoViewIfNeeded();
  await picture('narrow-agent');
  const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  expect(overflow).toBe(0);
  await isWell(view);
});
