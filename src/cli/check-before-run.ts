import type { Settings } from '../config/settings.ts';
import { checkReachable } from '../model/check-reachable.ts';
import { createModelClient } from '../model/create-model-client.ts';
import { createProvider } from '../sandbox/create-provider.ts';

/**
 * Finds out what would keep a run from working before anything is started: a model that nobody knows, a key that is
 * missing, a server that does not answer, sandboxes that cannot be made. Throws `UsageError` in one line.
 */
export async function checkBeforeRun(models: readonly string[], settings: Settings): Promise<void> {
  {
    await using client = createModelClient(settings.models);
    for (const model of models) client.check(model);
  }
  // With a Temporal of its own, sandboxes are made on this machine; else perhaps by workers elsewhere.
  const sandboxes = settings.temporal.address === null ? checkSandboxes(settings) : null;
  await Promise.all([checkReachable(models, settings.models), sandboxes]);
}

async function checkSandboxes(settings: Settings): Promise<void> {
  await using provider = createProvider(settings);
  await provider.check();
}
