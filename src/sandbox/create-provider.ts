import type { Settings } from '../config/settings.ts';
import { createDaytonaProvider } from './daytona.ts';
import { createLocalProvider } from './local.ts';
import type { SandboxProvider } from './provider.ts';

/** The provider that the settings choose. Throws `SandboxRefused` where it lacks a setting. */
export function createProvider(settings: Settings): SandboxProvider {
  const { dataDirectory, temporal, daytona, sandbox } = settings;
  if (sandbox === 'local') return createLocalProvider({ dataDirectory, taskQueue: temporal.taskQueue });
  return createDaytonaProvider({ settings: daytona, namespace: temporal.namespace });
}
