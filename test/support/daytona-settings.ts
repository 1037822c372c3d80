import { tmpdir } from 'node:os';
import { loadSettings } from '../../src/config/load-settings.ts';
import type { DaytonaSettings } from '../../src/config/settings.ts';

/** Settings of Daytona with nothing set but what is given. */
export function daytonaSettings(given: Partial<DaytonaSettings>): DaytonaSettings {
  return { ...loadSettings({ directory: tmpdir(), environment: {} }).daytona, ...given };
}
