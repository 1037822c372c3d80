import { z } from 'zod';
import type { ArtifactStore } from '../artifacts/store.ts';
import { StorageUnavailable } from '../errors.ts';

/** A Temporal namespace whose workers use an artifact store; its runs are known to its own server alone. */
const StoreUser = z.object({ namespace: z.string(), namespaceId: z.string() });
export type StoreUser = z.infer<typeof StoreUser>;

const prefix = 'namespaces/';

/** Notes that a namespace uses the store; nothing where the server does not tell the namespace's id. */
export async function noteStoreUser(
  store: ArtifactStore,
  { namespace, namespaceId }: { namespace: string; namespaceId: string | null },
): Promise<void> {
  if (namespaceId === null) return;
  const user: StoreUser = { namespace, namespaceId };
  try {
    await store.writeRecord(`${prefix}${namespaceId}`, Buffer.from(JSON.stringify(user)));
  } catch (error) {
    // Runs wait until the store takes something again; the next worker that starts notes it.
    if (!(error instanceof StorageUnavailable)) throw error;
  }
}

/** The namespaces that were noted, but the one of that id. */
export async function otherStoreUsers(store: ArtifactStore, namespaceId: string | null): Promise<StoreUser[]> {
  const users: StoreUser[] = [];
  for await (const { name } of store.listRecords(prefix)) {
    const bytes = await store.readRecord(name);
    if (bytes) users.push(StoreUser.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))));
  }
  return users.filter((user) => user.namespaceId !== namespaceId);
}

/** Forgets that a namespace uses the store. */
export async function forgetStoreUser(store: ArtifactStore, { namespaceId }: StoreUser): Promise<void> {
  await store.removeRecord(`${prefix}${namespaceId}`, Date.now());
}
