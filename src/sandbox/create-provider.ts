import type { Settings } from '../config/settings.ts';
import { SandboxRefused } from '../errors.ts';
import { createLocalProvider } from './local.ts';
import type { SandboxProvider } from './provider.ts';

/** The provider that the settings choose. */
export function createProvider(settings: Settings): SandboxProvider {
  const { dataDirectory, temporal } = settings;
  if (settings.sandbox === 'local') return createLocalProvider({ dataDirectory, taskQueue: temporal.taskQueue });
  throw new SandboxRefused('Daytona sandboxes are not available in this version; set RLM_SANDBOX=local');
}
