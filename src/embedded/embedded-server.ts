import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { writeDataDirectory } from '../data-directory.ts';
import { UsageError } from '../errors.ts';
import type { DynamicConfiguration } from './server-arguments.ts';
import { ServerFiles, type ServerState } from './server-files.ts';
import { startSupervisor } from './start-supervisor.ts';
import { findTemporal } from './temporal-binary.ts';

/** A Temporal server that this process shares with all others of the same data directory, until it is disposed of. */
export interface EmbeddedServer extends AsyncDisposable {
  /** HOST:PORT. */
  address: string;
  /** Where the Web UI is. */
  uiUrl: string;
}

export interface EmbeddedServerOptions {
  /** Holds the server's database and log. */
  dataDirectory: string;
  /** `usual`: 7233 and 8233 where both are free. Default: `usual`. */
  ports?: 'usual' | 'any';
  /** Further settings of a server that this starts. */
  configuration?: DynamicConfiguration;
  /** Told what takes time, one line each. */
  onProgress?: (message: string) => void;
}

/** A server that is being restarted answers again well within this time. */
const readyTimeoutMs = 40_000;

/**
 * Finds or starts the Temporal server of a data directory, and keeps it running until the last of its users has
 * disposed of it or died. Its data stays.
 *
 * Throws {@link UsageError} when the directory cannot be used, there is no `temporal` command and none can be had, or
 * the server does not start.
 */
export async function acquireEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const dataDirectory = resolve(options.dataDirectory);
  const files = new ServerFiles(dataDirectory);
  const removeUser = writeDataDirectory(dataDirectory, () => files.addUser());
  try {
    const deadline = performance.now() + readyTimeoutMs;
    for (;;) {
      // Read again each time: a restart may have moved the server to other ports.
      const state = files.runningState() ?? (await start(dataDirectory, files, options));
      if (await namespaceAnswers(state.address)) {
        const { address, uiUrl } = state;
        const watch = keepSupervised(dataDirectory, files, options);
        return {
          address,
          uiUrl,
          async [Symbol.asyncDispose]() {
            clearInterval(watch);
            removeUser();
          },
        };
      }
      if (performance.now() > deadline) {
        throw new UsageError(`the embedded Temporal server at ${state.address} does not answer; see ${files.log}`);
      }
      await setTimeout(20); // Nothing tells us when a server that listens begins to answer.
    }
  } catch (error) {
    removeUser();
    throw error;
  }
}

const superviseMs = 2_000;

/** A supervisor that was killed takes its server with it: whoever uses that starts another, at the same address. */
function keepSupervised(dataDirectory: string, files: ServerFiles, options: EmbeddedServerOptions): NodeJS.Timeout {
  let starting = false;
  const watch = setInterval(() => {
    // Without its user's file the data directory was removed.
    if (starting || files.runningState() !== null || !files.hasUsers()) return;
    starting = true;
    start(dataDirectory, files, { ...options, onProgress: () => {} })
      // What fails now is tried again; whoever waits for the server says so.
      .catch(() => {})
      .finally(() => {
        starting = false;
      });
  }, superviseMs);
  return watch.unref();
}

async function start(dataDirectory: string, files: ServerFiles, options: EmbeddedServerOptions): Promise<ServerState> {
  const { ports = 'usual', configuration = {}, onProgress = () => {} } = options;
  const binary = await findTemporal({ onProgress });
  onProgress(`starting the Temporal server (data in ${dataDirectory})`);
  return startSupervisor({ dataDirectory, files, binary, ports, configuration });
}

async function namespaceAnswers(address: string): Promise<boolean> {
  const connection = Connection.lazy({ address, interceptors: [] });
  try {
    await connection.withDeadline(Date.now() + 2_000, () =>
      connection.workflowService.describeNamespace({ namespace: 'default' }),
    );
    return true;
  } catch {
    return false; // Not yet.
  } finally {
    await connection.close();
  }
}
