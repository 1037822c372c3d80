import type { ModelSettings } from '../../src/config/settings.ts';

/** Settings with no key and no price. */
export const noModelSettings: ModelSettings = {
  openaiApiKey: null,
  openaiBaseUrl: null,
  openrouterApiKey: null,
  anthropicApiKey: null,
  anyApiKey: null,
  prices: {},
  stream: true,
  contextWindows: {},
  scripts: {},
  scriptedLatencyMs: 0,
};
