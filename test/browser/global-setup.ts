import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildPage } from '../../scripts/build-page.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the viewer's page is, built from the sources under test. */
    pageDirectory: string;
  }
}

/** Builds the page once for all browser tests. */
export default async function globalSetup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'rlm-page-'));
  await buildPage(directory);
  project.provide('pageDirectory', directory);
  return () => rm(directory, { recursive: true, force: true });
}
