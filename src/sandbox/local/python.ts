import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, realpath, rename, rm, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SandboxRefused } from '../../errors.ts';
import { brokerModule, readBrokerSources } from '../../repl/sources.ts';

const run = promisify(execFile);

const compileSources = fileURLToPath(new URL('./compile_sources.py', import.meta.url));

/** A Python on this machine that sandboxes can use. */
export interface Python {
  /** The program itself, behind links and shims. */
  executable: string;
  /** Where its standard library is. */
  prefix: string;
  version: string;
}

const probe = `import os, sys
print(os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable))
print(sys.base_prefix)
print("%d.%d.%d" % sys.version_info[:3])`;

/** Finds the first usable Python: `RLM_PYTHON`, the system's, one on the `PATH`. Throws {@link SandboxRefused} when there is none. */
export async function findPython(environment: NodeJS.ProcessEnv = process.env): Promise<Python> {
  const chosen = environment.RLM_PYTHON;
  const candidates = chosen
    ? [chosen]
    : ['/usr/bin/python3', '/usr/local/bin/python3', ...onPath(environment, 'python3')];
  for (const candidate of candidates) {
    const python = await inspectPython(candidate, environment);
    if (python !== null && isRecent(python.version)) return python;
  }
  const tried = [...new Set(candidates)].join(', ');
  throw new SandboxRefused(
    `a local sandbox needs Python 3.9 or newer (tried ${tried}); install it, or set RLM_PYTHON to its path`,
  );
}

function onPath(environment: NodeJS.ProcessEnv, name: string): string[] {
  return (environment.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((directory) => join(directory, name));
}

async function inspectPython(candidate: string, environment: NodeJS.ProcessEnv): Promise<Python | null> {
  try {
    const { stdout } = await run(candidate, ['-I', '-S', '-c', probe], { env: environment, timeout: 10_000 });
    const [executable, prefix, version] = stdout.trim().split('\n');
    if (!executable || !prefix || !version) return null;
    return { executable: await realpath(executable), prefix: await realpath(prefix), version };
  } catch {
    return null; // not there, or not a Python that starts: the next one may be
  }
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 3 && minor >= 9;
}

/** Compiles broker and kernel for a Python, once per version of either, and returns the directory and the module to start. */
export async function compileBroker(
  python: Python,
  dataDirectory: string,
): Promise<{ directory: string; module: string }> {
  const sources = await readBrokerSources();
  const key = createHash('sha256')
    .update(JSON.stringify([python, sources.map(({ name, text }) => [name, text])]))
    .digest('hex')
    .slice(0, 16);
  const parent = join(dataDirectory, 'python');
  const directory = join(parent, key);
  const module = `${brokerModule}c`;
  if (!(await isDirectory(directory))) {
    await mkdir(parent, { recursive: true });
    const temporary = await mkdtemp(join(parent, '.new-'));
    const paths = sources.map(({ path }) => path);
    await run(python.executable, ['-I', '-S', compileSources, temporary, ...paths]);
    await chmod(temporary, 0o755); // a dropped user reads it too
    // Another process may have been faster, with the same result.
    await rename(temporary, directory).catch(() => rm(temporary, { recursive: true }));
  }
  return { directory, module };
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
