import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import type { Deployment } from '../config/settings.ts';
import { isLive, workflowPollers } from './live-workers.ts';

/** The version that an agent is bound to. */
export interface RunVersion {
  deployment: Deployment;
  /** Whether a worker of that version serves its task queue now. */
  isServed: boolean;
}

/** Which version of a Worker Deployment an agent is bound to; null where it began on a worker without one. */
export async function runVersion(
  client: Client,
  { raw, taskQueue }: WorkflowExecutionDescription,
): Promise<RunVersion | null> {
  const versioning = raw.workflowExecutionInfo?.versioningInfo;
  const { deploymentName: name, buildId } =
    versioning?.versioningOverride?.pinned?.version ?? versioning?.deploymentVersion ?? {};
  if (!name || !buildId) return null;
  const pollers = await workflowPollers(client, taskQueue);
  const isServed = pollers.some(
    (poller) =>
      isLive(poller) &&
      poller.deploymentOptions?.deploymentName === name &&
      poller.deploymentOptions.buildId === buildId,
  );
  return { deployment: { name, buildId }, isServed };
}
