import { resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import type { ConfigFile } from './config-schema.ts';
import type { Environment } from './environment.ts';
import type { TemporalSettings } from './settings.ts';

/** Decides how Temporal is reached. Files named by variables are relative to the directory. */
export function temporalSettings(variable: Environment, config: ConfigFile, directory: string): TemporalSettings {
  return {
    address: checkedAddress(variable('TEMPORAL_ADDRESS') ?? config.temporal?.address ?? null),
    namespace: variable('TEMPORAL_NAMESPACE') ?? config.temporal?.namespace ?? 'default',
    apiKey: variable('TEMPORAL_API_KEY'),
    tls: tlsSettings(variable, directory),
    taskQueue: config.temporal?.task_queue ?? 'rlm',
  };
}

function checkedAddress(address: string | null): string | null {
  if (address !== null && !/^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/.test(address)) {
    throw new UsageError(`TEMPORAL_ADDRESS "${address}" is not HOST:PORT, such as localhost:7233`);
  }
  return address;
}

function tlsSettings(variable: Environment, directory: string): TemporalSettings['tls'] {
  const wanted = variable('TEMPORAL_TLS')?.toLowerCase() ?? null;
  if (wanted !== null && wanted !== 'true' && wanted !== 'false') {
    throw new UsageError(`TEMPORAL_TLS is "${wanted}"; it must be true or false`);
  }
  const certificateFile = variable('TEMPORAL_TLS_CLIENT_CERT_PATH');
  const keyFile = variable('TEMPORAL_TLS_CLIENT_KEY_PATH');
  const caFile = variable('TEMPORAL_TLS_SERVER_CA_CERT_PATH');
  if ((certificateFile === null) !== (keyFile === null)) {
    throw new UsageError('TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH must be set together');
  }
  if (wanted === 'false' || (wanted === null && certificateFile === null && caFile === null)) return null;
  return {
    ...(certificateFile === null ? {} : { certificateFile: resolve(directory, certificateFile) }),
    ...(keyFile === null ? {} : { keyFile: resolve(directory, keyFile) }),
    ...(caFile === null ? {} : { caFile: resolve(directory, caFile) }),
  };
}
