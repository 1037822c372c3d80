import { DefaultLogger, type LogEntry, makeTelemetryFilterString, Runtime } from '@temporalio/worker';

let installed = false;

/** Signals are the program's own matter: by default the runtime would take them over. Only errors are logged. */
export function installRuntime({ tellsOfServer = true }: { tellsOfServer?: boolean } = {}): void {
  if (installed) return;
  installed = true;
  // The core warns, for one, of every activity that ends after it was cancelled: that is as it should be.
  const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('ERROR', once(tellsOfServer)),
    telemetryOptions: { logging: { filter, forward: {} } },
  });
}

/** Where the core tells of each poll that it makes again, several in a second. */
const retries = 'temporalio_client::retry';

/** Silence so long means that the server was there again, in milliseconds. */
const absenceMs = 60_000;

/** A server that is away is told of in one line, or not at all where somebody else does so; other errors as they come. */
function once(tellsOfServer: boolean): (entry: LogEntry) => void {
  let lastRetry = Number.NEGATIVE_INFINITY;
  return ({ meta, message, level, timestampNanos }) => {
    if (meta?.target !== retries) {
      const at = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
      console.error(`${at} [${level}] ${message}`, meta ?? '');
      return;
    }
    const now = performance.now();
    const isNew = now - lastRetry > absenceMs;
    lastRetry = now;
    if (isNew && tellsOfServer) console.error('the Temporal server does not answer; waiting');
  };
}
