import { isIPv4 } from 'node:net';
import type { CreateSandbox } from '@daytona/api-client';
import { Refusal } from './answer.ts';

/** What there is to choose from; null: whatever is asked for. */
export interface Offer {
  snapshots: string[] | null;
  targets: string[] | null;
}

/** Refuses what the service refuses in a request for a sandbox. */
export function checkNewSandbox(request: CreateSandbox, { snapshots, targets }: Offer): void {
  const { snapshot, buildInfo, cpu, gpu, memory, disk, target, networkAllowList, domainAllowList } = request;
  if (buildInfo !== undefined && snapshot) {
    throw new Refusal(400, 'Cannot specify a snapshot when using a build info entry');
  }
  if (buildInfo === undefined && (cpu || gpu || memory || disk)) {
    throw new Refusal(400, 'Cannot specify Sandbox resources when using a snapshot');
  }
  if (snapshot && snapshots !== null && !snapshots.includes(snapshot)) {
    throw new Refusal(400, `Snapshot ${snapshot} not found. Did you add it through the Daytona Dashboard?`);
  }
  if (target && targets !== null && !targets.includes(target)) throw new Refusal(404, 'Region not found');
  checkNetworks(networkAllowList);
  checkDomains(domainAllowList);
}

export function checkNetworks(list: string | undefined): void {
  const networks = entries(list);
  for (const network of networks) {
    const [address = '', length] = network.split('/');
    if (!isIPv4(address)) {
      throw new Refusal(400, `Invalid IP address: "${address}" in network "${network}". Must be a valid IPv4 address`);
    }
    if (!length) {
      throw new Refusal(400, `Invalid network format: "${network}". Missing CIDR prefix length (e.g., /24)`);
    }
    if (Number(length) > 32) {
      throw new Refusal(400, `Invalid CIDR prefix length: ${network}. Prefix must be between 0 and 32`);
    }
  }
  if (networks.length > 10) throw new Refusal(400, 'Network allow list cannot contain more than 10 networks');
}

export function checkDomains(list: string | undefined): void {
  const domains = entries(list);
  for (const domain of domains) {
    if (!/^(\*\.)?([a-z0-9-]+\.)+[a-z]{2,}$/i.test(domain)) {
      throw new Refusal(400, `Invalid domain: "${domain}". Must be a valid domain name`);
    }
  }
  if (domains.length > 10) throw new Refusal(400, 'Domain allow list cannot contain more than 10 domains');
}

function entries(list: string | undefined): string[] {
  return (list ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
}
