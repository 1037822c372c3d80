import { DefaultLogger, Runtime } from '@temporalio/worker';

let installed = false;

/** Signals are the program's own matter: by default the runtime would take them over. Only errors are logged. */
export function installRuntime(): void {
  if (installed) return;
  installed = true;
  Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR') });
}
