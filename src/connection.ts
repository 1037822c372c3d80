import { Client } from '@temporalio/client';
import { externalStorage } from './artifacts/external-storage.ts';
import { openArtifactStore } from './artifacts/open-store.ts';
import type { ArtifactStore } from './artifacts/store.ts';
import { loadSettings } from './config/load-settings.ts';
import type { Settings } from './config/settings.ts';
import { acquireEmbeddedServer } from './embedded/embedded-server.ts';
import { connectTemporal } from './temporal-connection.ts';

/** A connected Temporal client, and what belongs with it. */
export interface RlmConnection extends AsyncDisposable {
  client: Client;
  settings: Settings;
  store: ArtifactStore;
  address: string;
  /** Where the Temporal Web UI is, when that is known. */
  uiUrl: string | null;
}

/** How {@link connect} finds Temporal, and whom it tells. */
export interface ConnectOptions {
  /** Default: from the environment, `.env` and `./config.yaml`. */
  settings?: Settings;
  /** Told what takes time while the embedded server is started, one line each. */
  onProgress?: (message: string) => void;
  /** Told when the server does not answer, which calls wait for up to ten minutes, and when it does again. */
  onWait?: (message: string) => void;
}

/**
 * Connects to Temporal: to `TEMPORAL_ADDRESS`, else to the embedded server, which is started when it does not run and
 * ends with the last process that uses it. Throws `UsageError` when there is nothing to connect to.
 */
export async function connect(options: ConnectOptions = {}): Promise<RlmConnection> {
  const settings = options.settings ?? loadSettings();
  const store = openArtifactStore(settings);
  const { dataDirectory, temporal } = settings;
  const { onProgress } = options;
  const server =
    temporal.address === null
      ? await acquireEmbeddedServer({ dataDirectory, ...(onProgress ? { onProgress } : {}) })
      : null;
  try {
    const address = temporal.address ?? server?.address ?? '';
    const connection = await connectTemporal({ ...temporal, address }, options.onWait);
    return {
      client: new Client({
        connection,
        namespace: temporal.namespace,
        dataConverter: { externalStorage: externalStorage(store) },
      }),
      settings: { ...settings, temporal: { ...temporal, address } },
      store,
      address,
      uiUrl: server?.uiUrl ?? null,
      async [Symbol.asyncDispose]() {
        await connection.close();
        await server?.[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await server?.[Symbol.asyncDispose]();
    throw error;
  }
}
