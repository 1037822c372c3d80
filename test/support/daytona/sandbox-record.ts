import type { CreateSandbox, Sandbox, SandboxListItem } from '@daytona/api-client';
import type { Machine } from './machine.ts';
import { foldersOf } from './machine-folders.ts';

/** A sandbox as the control plane keeps it. */
export interface SandboxRecord {
  /** What clients get to see. */
  sandbox: Sandbox;
  /** Its state is changing; nothing else may change it meanwhile. */
  pending: boolean;
  previewToken: string;
  /** Where its files are on this computer. */
  directory: string;
  /** Its processes, while it runs. */
  machine: Machine | null;
}

/** What a test gets to see of a sandbox. */
export interface SandboxView extends Sandbox {
  /** The image it was made of, where it was made of one. */
  image: string | null;
  /** Its `/` on this computer: its files without the programs. */
  rootDirectory: string;
}

export function viewOf({ sandbox, directory }: SandboxRecord): SandboxView {
  const image = /^FROM (\S+)/m.exec(sandbox.buildInfo?.dockerfileContent ?? '')?.[1] ?? null;
  return {
    ...structuredClone(sandbox),
    image,
    rootDirectory: foldersOf(directory).root,
  };
}

/** The service's defaults where a request says nothing: minutes and GiB. */
const defaults = { autoStop: 15, autoArchive: 7 * 24 * 60, autoDelete: -1, cpu: 1, memory: 1, disk: 3 };

export interface NewSandbox {
  id: string;
  request: CreateSandbox;
  toolboxProxyUrl: string;
  defaultSnapshot: string;
}

export function newSandbox({ id, request, toolboxProxyUrl, defaultSnapshot }: NewSandbox): Sandbox {
  const now = new Date();
  const ttl = request.ttlMinutes ?? 0;
  return {
    id,
    organizationId: 'a2b8f5f4-0c0e-4a55-9d3b-6e0f5a1c7d10',
    name: request.name ?? id,
    user: request.user ?? 'daytona',
    env: request.env ?? {},
    labels: request.labels ?? {},
    public: request.public ?? false,
    target: request.target ?? 'us',
    networkBlockAll: request.networkBlockAll ?? false,
    ...(request.networkAllowList === undefined ? {} : { networkAllowList: request.networkAllowList }),
    ...(request.domainAllowList === undefined ? {} : { domainAllowList: request.domainAllowList }),
    ...source(request, defaultSnapshot, now),
    cpu: request.cpu ?? defaults.cpu,
    gpu: request.gpu ?? 0,
    memory: request.memory ?? defaults.memory,
    disk: request.disk ?? defaults.disk,
    state: 'creating',
    desiredState: 'started',
    backupState: 'None',
    autoStopInterval: request.autoStopInterval ?? defaults.autoStop,
    autoArchiveInterval: request.autoArchiveInterval ?? defaults.autoArchive,
    autoDeleteInterval: request.autoDeleteInterval ?? defaults.autoDelete,
    ...(ttl > 0 ? { autoDestroyAt: minutesAfter(now, ttl) } : {}),
    volumes: request.volumes ?? [],
    sandboxClass: 'container',
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
    lastActivityAt: now.toISOString(),
    daemonVersion: '0.218.0',
    runnerId: 'runner-1',
    toolboxProxyUrl,
  };
}

function source(request: CreateSandbox, defaultSnapshot: string, now: Date): Pick<Sandbox, 'snapshot' | 'buildInfo'> {
  if (request.buildInfo === undefined) return { snapshot: request.snapshot || defaultSnapshot };
  return {
    buildInfo: { ...request.buildInfo, createdAt: now, updatedAt: now, snapshotRef: 'daytona-stand-in:daytona' },
  };
}

export function minutesAfter(start: Date, minutes: number): string {
  return new Date(start.getTime() + minutes * 60_000).toISOString();
}

/** A list leaves out the environment, and what a sandbox was built from. */
export function listItem(sandbox: Sandbox): SandboxListItem {
  const {
    env,
    buildInfo,
    volumes,
    kvm,
    linkedSandboxId,
    backupCreatedAt,
    outboundProxyUrl,
    otelEndpointOverride,
    ...item
  } = structuredClone(sandbox);
  return item;
}
