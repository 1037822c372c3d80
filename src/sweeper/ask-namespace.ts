import type { ConnectionLike } from '@temporalio/client';

/**
 * The id of a namespace: every embedded server has one that is called `default`, and each its own id. Null where the
 * server does not tell, as to a key that may not ask.
 */
export async function askNamespaceId(connection: ConnectionLike, namespace: string): Promise<string | null> {
  try {
    const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace });
    return namespaceInfo?.id || null;
  } catch {
    return null; // Without it a service's sandboxes are left alone by sweeps, and end by themselves.
  }
}
