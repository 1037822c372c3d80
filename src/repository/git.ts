import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { RepositoryRefused } from '../errors.ts';

/** git ended with an error; `stderr` says why. */
export class GitFailed extends Error {
  override readonly name = 'GitFailed';
  readonly stderr: string;

  constructor(command: string, code: number | null, stderr: string) {
    super(`git ${command} ended with code ${code}: ${stderr.trim()}`);
    this.stderr = stderr;
  }
}

export interface GitOptions {
  environment?: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
}

/** More than the references of any repository that is asked for by name. */
const largestOutput = 64 * 1024 * 1024;

/**
 * What keeps git from asking a person, from programs that an address could name, and from waiting for a server that has
 * gone silent. The user's own configuration, credential helpers and ssh agent are used.
 */
const unattended: NodeJS.ProcessEnv = {
  LC_ALL: 'C',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '',
  SSH_ASKPASS_REQUIRE: 'never',
  GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
  GIT_HTTP_LOW_SPEED_LIMIT: '1000',
  GIT_HTTP_LOW_SPEED_TIME: '60',
};

/** Variables by which git would look at another repository than the one it is told to: set in hooks, for example. */
const misleading = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
];

/** Runs git on this machine and returns what it printed. Throws {@link GitFailed}, or `RepositoryRefused` without git. */
export function runGit(given: readonly string[], { environment = {}, signal }: GitOptions = {}): Promise<string> {
  signal?.throwIfAborted();
  const env = { ...process.env, ...unattended, ...environment };
  for (const variable of misleading) delete env[variable];
  return new Promise((resolve, reject) => {
    // In a session of its own ssh finds no terminal to ask at, and everything that git started ends with it.
    const child = spawn('git', given, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const stop = () => {
      if (child.pid !== undefined) endGroup(child.pid);
    };
    signal?.addEventListener('abort', stop, { once: true });
    const output = collect(child.stdout, largestOutput);
    const complaints = collect(child.stderr, 20_000);
    child.on('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT';
      reject(
        missing
          ? new RepositoryRefused('git is not installed on this machine; install it: apt-get install git')
          : error,
      );
    });
    child.on('close', (code) => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) reject(signal.reason);
      else if (code === 0) resolve(output());
      else reject(new GitFailed(given.find((word) => /^[a-z]/.test(word)) ?? '', code, complaints()));
    });
  });
}

function collect(stream: Readable, most: number): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    if (length < most) chunks.push(chunk);
    length += chunk.byteLength;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // It ended by itself meanwhile.
  }
}
