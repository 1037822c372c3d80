import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionLike } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';
import type { Deployment } from '../config/settings.ts';
import { UsageError } from '../errors.ts';

/** What a worker says of its version. Runs that begin on it, sub-agents included, stay with workers of that version. */
export function deploymentOptions(deployment: Deployment | null): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (deployment === null) return {};
  const { name: deploymentName, buildId } = deployment;
  return {
    workerDeploymentOptions: {
      version: { deploymentName, buildId },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'PINNED',
    },
  };
}

/** How long the server may take to hear of a worker's version after that began to poll, in milliseconds. */
const registeredWithinMs = 30_000;

/** What gRPC calls a version that the server has not heard of, and one that it has not seen poll. */
const notYet: readonly unknown[] = [5, 9];

/**
 * Has new runs begin on this version, of which a worker polls. Hosts come and go with task queues of their own, so the
 * version need not serve those that the one before did.
 *
 * Throws {@link UsageError} where the server does not take it.
 */
export async function makeCurrent(
  { workflowService }: ConnectionLike,
  namespace: string,
  { name: deploymentName, buildId }: Deployment,
): Promise<void> {
  const request = { namespace, deploymentName, buildId, ignoreMissingTaskQueues: true };
  const giveUpAt = performance.now() + registeredWithinMs;
  for (;;) {
    try {
      await workflowService.setWorkerDeploymentCurrentVersion(request);
      return;
    } catch (error) {
      const { code, message } = error as { code?: unknown; message: string };
      if (!notYet.includes(code) || performance.now() > giveUpAt) {
        throw new UsageError(`${deploymentName} ${buildId} cannot be made the current version: ${message}`);
      }
      // Nothing tells when the server has heard of a version.
      await delay(200);
    }
  }
}

/** The build that new runs begin on; null where none is current, or there is no such deployment. */
export async function currentBuild(
  { workflowService }: ConnectionLike,
  namespace: string,
  deploymentName: string,
): Promise<string | null> {
  try {
    const { workerDeploymentInfo: info } = await workflowService.describeWorkerDeployment({
      namespace,
      deploymentName,
    });
    return info?.routingConfig?.currentDeploymentVersion?.buildId || null;
  } catch (error) {
    if ((error as { code?: unknown }).code === 5) return null;
    throw error;
  }
}
