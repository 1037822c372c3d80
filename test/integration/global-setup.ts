import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';
import { acquireEmbeddedServer } from '../../src/embedded/embedded-server.ts';
import { removeDataDirectory, temporaryDataDirectory } from '../support/embedded-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** HOST:PORT of the Temporal server that all integration tests share. */
    temporalAddress: string;
    /** The workflow code, bundled once from the sources under test. */
    workflowBundlePath: string;
  }
}

/** Starts one Temporal server for all integration tests, and ends it after them. */
export default async function globalSetup(project: TestProject): Promise<() => Promise<void>> {
  const dataDirectory = await temporaryDataDirectory();
  const server = await acquireEmbeddedServer({ dataDirectory, ports: 'any', onProgress: console.log });
  project.provide('temporalAddress', server.address);
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url)),
    workflowInterceptorModules: [fileURLToPath(new URL('../../src/workflows/missing-payloads.ts', import.meta.url))],
    logger: new DefaultLogger('WARN'),
  });
  const workflowBundlePath = join(dataDirectory, 'workflow-bundle.js');
  await writeFile(workflowBundlePath, code);
  project.provide('workflowBundlePath', workflowBundlePath);
  return async () => {
    await server[Symbol.asyncDispose]();
    await removeDataDirectory(dataDirectory);
  };
}
