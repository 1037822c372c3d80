import { execFile } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { UsageError } from '../errors.ts';
import { acquireProcessLock } from './process-lock.ts';
import { downloadArchive, temporalArchiveUrl } from './temporal-download.ts';

/** The newest version that `go install` accepts. */
export const temporalVersion = '1.5.1';

const run = promisify(execFile);
const executable = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

export interface FindTemporalOptions {
  /** Default: that of the process. */
  environment?: NodeJS.ProcessEnv;
  /** Told what is about to take time, one line each. */
  onProgress?: (message: string) => void;
  /** Default: Temporal's own. */
  archiveUrl?: string;
}

/**
 * Finds the `temporal` command: on the PATH, else in the user's cache, else by downloading the official release into
 * the cache, else by building it there with Go. Returns its path.
 *
 * Throws {@link UsageError} that says what to do when none of these works.
 */
export async function findTemporal(options: FindTemporalOptions = {}): Promise<string> {
  const { environment = process.env, onProgress = () => {} } = options;
  const installed = findOnPath(executable, environment);
  if (installed) return installed;
  const cache = cacheDirectory(environment);
  const binary = join(cache, `temporal-${temporalVersion}`, executable);
  if (isExecutable(binary)) return binary;

  const waiting = () => onProgress('waiting for another process that gets the Temporal server');
  const lock = await acquireProcessLock(join(cache, 'lock'), waiting);
  try {
    if (!isExecutable(binary)) await install(binary, cache, { ...options, environment, onProgress });
    return binary;
  } finally {
    lock.release();
  }
}

/** The path of a command that the environment's PATH leads to, or null. */
export function findOnPath(command: string, environment: NodeJS.ProcessEnv): string | null {
  for (const directory of (environment.PATH ?? '').split(delimiter)) {
    const candidate = join(directory, command);
    if (directory !== '' && isExecutable(candidate)) return candidate;
  }
  return null;
}

function cacheDirectory(environment: NodeJS.ProcessEnv): string {
  const home = environment.HOME ?? homedir();
  if (environment.XDG_CACHE_HOME) return join(environment.XDG_CACHE_HOME, 'durable-rlm');
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches', 'durable-rlm');
  return join(home, '.cache', 'durable-rlm');
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // It is not there, or not for us to run.
  }
}

type Installation = Required<Pick<FindTemporalOptions, 'environment' | 'onProgress'>> & FindTemporalOptions;

/** Tries each way in a folder beside the binary's, and moves what it made into place once it has proved to run. */
async function install(binary: string, cache: string, options: Installation): Promise<void> {
  const reasons: string[] = [];
  for (const { name, get } of [download, build]) {
    const workplace = mkdtempSync(join(cache, 'temporal-new-'));
    try {
      await get(workplace, options);
      await run(join(workplace, executable), ['--version']);
      mkdirSync(join(binary, '..'), { recursive: true });
      renameSync(join(workplace, executable), binary);
      return;
    } catch (error) {
      const reason = `${name} failed: ${briefly(error)}`;
      reasons.push(reason);
      options.onProgress(reason);
    } finally {
      rmSync(workplace, { recursive: true, force: true });
    }
  }
  throw new UsageError(
    `there is no Temporal server on this machine (${reasons.join('; ')}). Install the Temporal CLI and put it on the ` +
      'PATH, or install Go, or set TEMPORAL_ADDRESS to a server that runs elsewhere',
  );
}

const download = {
  name: 'the download',
  async get(workplace: string, { archiveUrl, onProgress }: Installation) {
    onProgress(`downloading the Temporal server ${temporalVersion}`);
    const url = archiveUrl ?? temporalArchiveUrl(temporalVersion);
    await downloadArchive(url, workplace, (percent) => onProgress(`downloading the Temporal server: ${percent}%`));
  },
};

const build = {
  name: 'go install',
  async get(workplace: string, { environment, onProgress }: Installation) {
    const go = findOnPath(process.platform === 'win32' ? 'go.exe' : 'go', environment);
    if (!go) throw new Error('Go is not installed');
    onProgress(`building the Temporal server ${temporalVersion} with Go; this takes about three minutes, once`);
    const source = `github.com/temporalio/cli/cmd/temporal@v${temporalVersion}`;
    await run(go, ['install', '-ldflags', '-s -w', source], { env: { ...environment, GOBIN: workplace } });
  },
};

/** One line on why something failed. */
function briefly(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause.message : '';
  const output = 'stderr' in error ? String(error.stderr).trim().split('\n').at(-1) : '';
  return output || cause || (error.message.split('\n')[0] ?? '');
}
