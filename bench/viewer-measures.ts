import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { requireChromium } from '../scripts/chromium.ts';
import { FileArtifactStore } from '../src/artifacts/file-store.ts';
import { loadSettings } from '../src/index.ts';
import { startViewer } from '../src/viewer/viewer-server.ts';
import { writeLargeRun } from './large-run.ts';
import type { Measure } from './measures.ts';
import type { BenchWorld } from './world.ts';

const agents = 1_000;
const frames = 120;

/** What the viewer takes to show a run of 1,000 agents, in a real browser. */
export const viewerMeasures: Measure[] = [
  {
    name: 'viewer: 1,000 agents, until the run is painted',
    unit: 's',
    target: 1,
    runs: 5,
    sample: (world) => withRun(world, (page, url) => timeToOpen(page, url, '.card')),
  },
  {
    name: 'viewer: 1,000 agents, until all of them are there',
    unit: 's',
    target: 2,
    runs: 5,
    sample: (world) => withRun(world, (page, url) => timeToOpen(page, url, '.card >> nth=10')),
  },
  {
    name: 'viewer: 1,000 agents, frame while the list scrolls (95th percentile)',
    unit: 'ms',
    target: 34,
    runs: 3,
    sample: (world) =>
      withRun(world, async (page, url) => {
        await open(page, `${url}?view=list`, '.agent-row >> nth=10');
        return frameTime(page, "document.querySelector('.agent-list').scrollTop += 300");
      }),
  },
  {
    name: 'viewer: 1,000 agents, frame while the tree is moved (95th percentile)',
    unit: 'ms',
    target: 34,
    runs: 3,
    sample: (world) =>
      withRun(world, async (page, url) => {
        await open(page, url, '.card >> nth=10');
        const wheel =
          "new WheelEvent('wheel', { deltaY: frame < 60 ? 12 : -12, clientX: 300, clientY: 500, cancelable: true })";
        return frameTime(page, `document.querySelector('.tree-map').dispatchEvent(${wheel})`);
      }),
  },
  {
    name: 'viewer: 1,000 agents, memory of the page after 100 of them were looked at',
    unit: 'MB',
    target: 60,
    runs: 3,
    sample: (world) =>
      withRun(world, async (page, url) => {
        await open(page, url, '.card >> nth=10');
        for (let agent = 0; agent < 100; agent += 1) await page.keyboard.press('j');
        await page.locator('#iteration-3 .code').waitFor();
        const session = await page.context().newCDPSession(page);
        await session.send('HeapProfiler.collectGarbage');
        await session.send('Performance.enable');
        const { metrics } = await session.send('Performance.getMetrics');
        return (metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN) / 1_000_000;
      }),
  },
];

async function withRun(world: BenchWorld, measure: (page: Page, url: string) => Promise<number>): Promise<number> {
  const executablePath = requireChromium((message) => process.stderr.write(`${message}\n`));
  const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
  const browser = await chromium.launch({ executablePath, args, headless: true });
  const store = new FileArtifactStore(join(world.directory, 'viewer-artifacts'));
  const runId = await writeLargeRun(store, agents);
  const settings = loadSettings({ directory: world.directory, environment: {} });
  await using viewer = await startViewer({ client: world.client, store, settings, uiUrl: null }, { port: 0 });
  try {
    const page = await browser.newPage({ viewport: { width: 1_360, height: 860 } });
    return await measure(page, `${viewer.url}#/run/${runId}`);
  } finally {
    await browser.close();
  }
}

/** How long until something is seen of what an address opens, in seconds. */
async function timeToOpen(page: Page, url: string, selector: string): Promise<number> {
  const startedAt = performance.now();
  await open(page, url, selector);
  return (performance.now() - startedAt) / 1_000;
}

async function open(page: Page, url: string, selector: string): Promise<void> {
  await page.goto(url, { waitUntil: 'commit' });
  await page.waitForSelector(selector);
}

/** Does something in each of many frames, and returns how long 95% of them took at most, in milliseconds. */
async function frameTime(page: Page, each: string): Promise<number> {
  return await page.evaluate<number>(`new Promise((resolve) => {
    const times = [];
    let before = performance.now();
    const step = () => {
      const now = performance.now();
      times.push(now - before);
      before = now;
      const frame = times.length;
      if (frame > ${frames}) return resolve(times.slice(1).sort((a, b) => a - b)[Math.floor(${frames} * 0.95)]);
      ${each};
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  })`);
}
