import { UsageError } from '../errors.ts';
import type { ConfigFile } from './config-schema.ts';
import type { Environment } from './environment.ts';
import type { DaytonaSettings } from './settings.ts';

/** Decides how sandboxes are made at Daytona. */
export function daytonaSettings(variable: Environment, { daytona = {} }: ConfigFile): DaytonaSettings {
  return {
    apiKey: variable('DAYTONA_API_KEY'),
    apiUrl: checkedUrl(variable('DAYTONA_API_URL')),
    target: variable('DAYTONA_TARGET') ?? daytona.target ?? null,
    image: daytona.image ?? null,
    snapshot: daytona.snapshot ?? null,
    cpu: daytona.cpu ?? null,
    memory: daytona.memory ?? null,
    disk: daytona.disk ?? null,
    environment: daytona.env ?? {},
    networkBlockAll: daytona.network_block_all ?? false,
    networkAllowList: daytona.network_allow_list ?? [],
  };
}

function checkedUrl(url: string | null): string | null {
  if (url === null || (/^https?:\/\//.test(url) && URL.canParse(url))) return url;
  throw new UsageError(`DAYTONA_API_URL is "${url}"; it must be an address that begins with http:// or https://`);
}
