import type { CreateSandboxFromImageParams, CreateSandboxFromSnapshotParams } from '@daytonaio/sdk';
import type { DaytonaSettings } from '../../config/settings.ts';
import type { SandboxRequest } from '../provider.ts';

/** Has Python and git; a clone needs both. */
export const defaultWorkspaceImage = 'docker.io/library/python:3.13';

/** Minutes in which nobody asks a sandbox anything, on top of what a cell may take, until it is stopped. */
const idleMinutes = 15;

const leastIdleMinutes = 30;

/** What a sandbox is made from, in words. */
export function imageOf({ image, snapshot }: DaytonaSettings, { repository }: SandboxRequest): string {
  if (image !== null) return `the image ${image}`;
  if (snapshot !== null) return `the snapshot ${snapshot}`;
  return repository ? `the image ${defaultWorkspaceImage}` : "Daytona's default snapshot";
}

/** How a sandbox is made at Daytona: it goes as soon as it is stopped, stops when it is idle, and ends in any case. */
export function createParameters(
  settings: DaytonaSettings,
  name: string,
  labels: Record<string, string>,
  request: SandboxRequest,
): CreateSandboxFromImageParams | CreateSandboxFromSnapshotParams {
  const { cellTimeout = 0, lifetime, repository } = request;
  const { cpu, memory, disk, environment, networkBlockAll, networkAllowList, snapshot } = settings;
  const image = settings.image ?? (snapshot === null && repository ? defaultWorkspaceImage : null);
  const resources = {
    ...(cpu === null ? {} : { cpu }),
    ...(memory === null ? {} : { memory }),
    ...(disk === null ? {} : { disk }),
  };
  return {
    name,
    labels: { ...labels }, // the SDK adds its own to what it is given
    envVars: environment,
    ephemeral: true,
    autoStopInterval: Math.max(leastIdleMinutes, Math.ceil(cellTimeout / 60) + idleMinutes),
    ...(lifetime === undefined ? {} : { ttlMinutes: Math.ceil(lifetime / 60) }),
    ...(networkBlockAll ? { networkBlockAll } : {}),
    ...(networkAllowList.length > 0 ? { networkAllowList: networkAllowList.join(',') } : {}),
    ...(image === null ? {} : { image, ...(Object.keys(resources).length > 0 ? { resources } : {}) }),
    ...(image === null && snapshot !== null ? { snapshot } : {}),
  };
}
