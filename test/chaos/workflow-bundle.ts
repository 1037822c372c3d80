import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** The workflow code under test, bundled into a file that goes with it. */
export async function bundleWorkflows(): Promise<{ path: string } & AsyncDisposable> {
  const workflowsPath = fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  const directory = await mkdtemp(join(tmpdir(), 'rlm-bundle-'));
  const path = join(directory, 'workflow-bundle.js');
  await writeFile(path, code);
  return { path, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}
