/**
 * Dynamic configuration that every Temporal server for durable-rlm should have; docker/dynamic-config.yaml says the same.
 */
export const dynamicConfiguration: DynamicConfiguration = {
  // The default of 20 polls a second makes each step of a single workflow wait up to 50 ms.
  'history.transferProcessorMaxPollRPS': 2000,
  // The default is 1 s, the least that a timer then takes.
  'history.timerProcessorMaxTimeShift': '10ms',
  // An activity for the worker that asked for it is handed over in the same answer.
  'system.enableActivityEagerExecution': true,
  // Where many calls are answered at once: at the default of 100 events the server throws a workflow's task away.
  'history.maximumBufferedEventsBatch': 10_000,
  // One user's fan-outs must not run into limits that are made for many tenants.
  'frontend.rps': 100_000,
  'frontend.namespaceRPS': 100_000,
  'matching.rps': 100_000,
  'history.rps': 100_000,
};

/** Without these, each step waits for the disk several times. The database still survives a crash of any process. */
const sqlitePragmas = { journal_mode: 'wal', synchronous: '1' };

export interface ServerPorts {
  grpc: number;
  ui: number;
}

/** Settings of a Temporal server by name. */
export type DynamicConfiguration = Readonly<Record<string, string | number | boolean>>;

/** The command line of the embedded server; `further` goes over the {@link dynamicConfiguration} that it always has. */
export function serverArguments(database: string, ports: ServerPorts, further: DynamicConfiguration = {}): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--log-level', 'warn'],
    ...['--db-filename', database, '--port', String(ports.grpc), '--ui-port', String(ports.ui)],
    ...['--namespace', 'default'],
    ...Object.entries(sqlitePragmas).flatMap(([name, value]) => ['--sqlite-pragma', `${name}=${value}`]),
    ...Object.entries({ ...dynamicConfiguration, ...further }).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${JSON.stringify(value)}`,
    ]),
  ];
}
