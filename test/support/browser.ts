import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { findChromium } from '../../scripts/chromium.ts';

/** Where the pictures of the browser tests are left to look at. */
const pictures = fileURLToPath(new URL('../output/screenshots/', import.meta.url));

/** A headless Chromium of its own. */
export interface TestBrowser extends AsyncDisposable {
  /** A page of its own; problems that it reports are kept. */
  open(options?: { width?: number; height?: number; colorScheme?: 'light' | 'dark' }): Promise<TestPage>;
}

export interface TestPage {
  page: Page;
  /** What went wrong within the page: exceptions, errors on its console. */
  problems: string[];
  /** Leaves a picture of what is seen. */
  picture(name: string): Promise<void>;
}

/** Starts a browser. Throws where there is none. */
export async function startBrowser(): Promise<TestBrowser> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error('Chromium is missing: install it, or set RLM_CHROMIUM to where it is');
  // Its profile is a temporary folder of its own, which goes with it.
  const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
  const browser = await chromium.launch({ executablePath, args, headless: true });
  mkdirSync(pictures, { recursive: true });
  const contexts: BrowserContext[] = [];
  return {
    async open({ width = 1_360, height = 860, colorScheme = 'light' } = {}) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
      contexts.push(context);
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(`${message.text()} (${message.location().url})`);
      });
      page.on('response', (response) => {
        if (response.status() < 400) return;
        // A page that has gone meanwhile has no body to tell.
        const told = response.text().catch(() => 'gone');
        void told.then((body) => problems.push(`${response.status()} ${response.url()}: ${body}`));
      });
      const picture = async (name: string) => {
        await page.screenshot({ path: join(pictures, `${name}.png`) });
      };
      return { page, problems, picture };
    },
    async [Symbol.asyncDispose]() {
      for (const context of contexts) await context.close();
      await browser.close();
    },
  };
}
