import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';

let installed = false;

/** Signals are the program's own matter: by default the runtime would take them over. Only errors are logged. */
export function installRuntime(): void {
  if (installed) return;
  installed = true;
  // The core warns, for one, of every activity that ends after it was cancelled: that is as it should be.
  const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter, forward: {} } },
  });
}
