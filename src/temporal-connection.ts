import { readFile } from 'node:fs/promises';
import { Connection } from '@temporalio/client';
import type { TemporalSettings } from './config/settings.ts';
import { UsageError } from './errors.ts';
import { outlastServer } from './outlast-server.ts';
import { unreachable } from './unreachable.ts';

/** How a server is reached whose address is known. */
export type TemporalTarget = Omit<TemporalSettings, 'address' | 'taskQueue'> & { address: string };

const timeoutMs = 5_000;

/** The target of an embedded server: no key, no TLS. */
export function embeddedTarget(address: string): TemporalTarget {
  return { address, namespace: 'default', apiKey: null, tls: null };
}

/** How soon a server that was away is found to be back, in milliseconds: gRPC's own pauses grow to two minutes. */
const channelArgs = { 'grpc.initial_reconnect_backoff_ms': 200, 'grpc.max_reconnect_backoff_ms': 5_000 };

/**
 * Connects a client. Its calls outlast a server that is away for up to ten minutes; `onWait` is told of that.
 *
 * Throws {@link UsageError} in one line within about five seconds when the server cannot be reached, refuses, or has no
 * such namespace.
 */
export async function connectTemporal(target: TemporalTarget, onWait?: (message: string) => void): Promise<Connection> {
  return explained(target, async () => {
    const connection = await Connection.connect({
      ...(await connectionOptions(target)),
      connectTimeout: timeoutMs,
      channelArgs,
      interceptors: [outlastServer(onWait)],
    });
    try {
      await connection.withDeadline(Date.now() + timeoutMs, () =>
        connection.workflowService.describeNamespace({ namespace: target.namespace }),
      );
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  });
}

/** Address, key and TLS as both kinds of connection take them. Throws {@link UsageError} where a file cannot be read. */
export async function connectionOptions(target: TemporalTarget) {
  return {
    address: target.address,
    ...(target.apiKey === null ? {} : { apiKey: target.apiKey }),
    tls: target.tls === null ? target.apiKey !== null : await tlsOptions(target.tls),
  };
}

async function tlsOptions({ certificateFile, keyFile, caFile }: NonNullable<TemporalTarget['tls']>) {
  const [crt, key, ca] = await Promise.all([certificateFile, keyFile, caFile].map(readPem));
  return {
    ...(crt && key ? { clientCertPair: { crt, key } } : {}),
    ...(ca ? { serverRootCACertificate: ca } : {}),
  };
}

async function readPem(file: string | undefined): Promise<Buffer | null> {
  if (file === undefined) return null;
  try {
    return await readFile(file);
  } catch (error) {
    throw new UsageError(`cannot read the TLS file ${file}: ${(error as Error).message}`);
  }
}

/** Runs what connects, and says in one line why it failed. */
export async function explained<T>(target: TemporalTarget, connect: () => Promise<T>): Promise<T> {
  const place = `Temporal at ${target.address} (TEMPORAL_ADDRESS)`;
  if (!usesProxy()) {
    // gRPC itself would wait for its deadline, and not say why.
    const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(target.address) ?? [];
    const reason = await unreachable(host, Number(port));
    if (reason !== null) throw new UsageError(`cannot reach ${place}: ${reason}`);
  }
  try {
    return await connect();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code, message } = error as { code?: unknown; message: string };
    if (code === 5) throw new UsageError(`${place} has no namespace "${target.namespace}" (TEMPORAL_NAMESPACE)`);
    if (code === 7 || code === 16) throw new UsageError(`${place} refuses access: ${message}; check TEMPORAL_API_KEY`);
    const hint = /before the deadline/.test(message)
      ? 'it does not answer as Temporal does; is TLS set as it needs?'
      : message;
    throw new UsageError(`cannot reach ${place}: ${hint.split('\n')[0]}`);
  }
}

/** gRPC goes through a proxy where these are set, and the address need not be reachable from here. */
function usesProxy(): boolean {
  return ['grpc_proxy', 'https_proxy', 'http_proxy'].some((name) => process.env[name]);
}
