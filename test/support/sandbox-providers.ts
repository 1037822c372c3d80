import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../src/config/load-settings.ts';
import { createDaytonaProvider } from '../../src/sandbox/daytona.ts';
import { createLocalProvider } from '../../src/sandbox/local.ts';
import type { SandboxProvider } from '../../src/sandbox/provider.ts';
import { startDaytonaStandIn } from './daytona/stand-in.ts';
import { daytonaSettings } from './daytona-settings.ts';

/** Where providers make their sandboxes: a machine, or a service. */
export interface ProviderPlace extends AsyncDisposable {
  /** Another provider of the same sandboxes, as another process has one. */
  provider(): SandboxProvider;
}

export interface TestedProvider {
  title: string;
  open(): Promise<ProviderPlace>;
}

const local: TestedProvider = {
  title: 'local',
  async open() {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'rlm-test-'));
    return {
      provider: () => createLocalProvider({ dataDirectory }),
      async [Symbol.asyncDispose]() {
        rmSync(dataDirectory, { recursive: true });
      },
    };
  },
};

const standIn: TestedProvider = {
  title: 'daytona, against a stand-in of the service',
  async open() {
    const service = await startDaytonaStandIn();
    const { apiKey, apiUrl } = service;
    return {
      provider: () => createDaytonaProvider({ settings: daytonaSettings({ apiKey, apiUrl }), namespace: 'test' }),
      [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
    };
  },
};

const service: TestedProvider = {
  title: 'daytona',
  async open() {
    const { daytona } = loadSettings();
    const namespace = `test-${process.pid}`;
    return {
      provider: () => createDaytonaProvider({ settings: daytona, namespace }),
      async [Symbol.asyncDispose]() {},
    };
  },
};

/** Every provider that can be tested here. */
export const testedProviders: readonly TestedProvider[] = [
  local,
  standIn,
  ...(process.env.DAYTONA_API_KEY ? [service] : []),
];
