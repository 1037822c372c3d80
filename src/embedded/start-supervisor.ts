import { spawn } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../errors.ts';
import type { DynamicConfiguration } from './server-arguments.ts';
import type { ServerFiles, ServerState } from './server-files.ts';
import { SupervisorReport } from './supervisor-report.ts';

// Sources and build have the same layout, but not the same extension.
const program = fileURLToPath(new URL(`./supervisor${extname(import.meta.url)}`, import.meta.url));

/**
 * Starts a supervisor, which starts the server or finds the one that runs, and outlives this process.
 *
 * Throws {@link UsageError} in one line that names the log when the server cannot be started.
 */
export async function startSupervisor(options: {
  dataDirectory: string;
  files: ServerFiles;
  binary: string;
  ports: 'usual' | 'any';
  configuration: DynamicConfiguration;
}): Promise<ServerState> {
  const { dataDirectory, files, binary, ports, configuration } = options;
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(process.execPath, [program, dataDirectory, binary, ports, JSON.stringify(configuration)], {
    cwd: dataDirectory,
    detached: true,
    env: { PATH, HOME, TMPDIR },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const reported = new Promise<SupervisorReport>((resolve, reject) => {
    child.once('message', (message) => resolve(SupervisorReport.parse(message)));
    child.once('error', reject);
    child.once('exit', (code) => resolve({ type: 'failed', reason: `its supervisor ended with code ${code}` }));
  });
  try {
    const report = await reported;
    if (report.type === 'running') return report.state;
    throw new UsageError(
      `the embedded Temporal server cannot start: ${report.reason} (database ${files.database}, log ${files.log})`,
    );
  } finally {
    if (child.connected) child.disconnect();
    child.unref();
  }
}
