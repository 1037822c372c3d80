import { Client } from '@temporalio/client';
import { externalStorage } from '../artifacts/external-storage.ts';
import type { ArtifactStore } from '../artifacts/store.ts';

/** The client, if it keeps large payloads outside of histories; else one of the same connection that does. */
export function storingClient(client: Client, store: ArtifactStore): Client {
  const { loadedDataConverter, ...options } = client.options;
  if (loadedDataConverter.externalStorage) return client;
  return new Client({
    ...options,
    connection: client.connection,
    dataConverter: { ...loadedDataConverter, externalStorage: externalStorage(store) },
  });
}
