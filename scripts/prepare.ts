/**
 * What a clone needs besides its npm packages: the Temporal server, bubblewrap, Python, git, and the build. Says what
 * it does in one line each, and nothing where there is nothing to do. Uses only what Node brings, to be quick.
 */
import { spawnSync } from 'node:child_process';
import { findOnPath, findTemporal } from '../src/embedded/temporal-binary.ts';
import { UsageError } from '../src/errors.ts';
import { installPackage, mayInstallPackages } from './apt.ts';
import { build } from './build.ts';

const say = (message: string) => console.error(`setup: ${message}`);

try {
  requireGit();
  requirePython();
  requireBubblewrap();
  if (!process.env.TEMPORAL_ADDRESS) await findTemporal({ onProgress: say });
  await build(say);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  say(error.message);
  process.exitCode = 1;
}

function requireGit(): void {
  if (!onPath('git')) throw new UsageError('git is missing: install it and try again');
}

function requirePython(): void {
  const candidates = [process.env.RLM_PYTHON, '/usr/bin/python3', '/usr/local/bin/python3', onPath('python3')];
  const check = 'import sys; sys.exit(sys.version_info < (3, 9))';
  for (const python of candidates) {
    if (python && spawnSync(python, ['-I', '-S', '-c', check], { stdio: 'ignore' }).status === 0) return;
  }
  throw new UsageError('Python 3.9 or later is missing: install it as python3, or set RLM_PYTHON to where it is');
}

/** Local sandboxes are made with bubblewrap, which there is for Linux alone; elsewhere they say themselves what to do. */
function requireBubblewrap(): void {
  if (process.platform !== 'linux' || onPath('bwrap')) return;
  if (!mayInstallPackages()) {
    const command = onPath('apt-get')
      ? 'sudo apt-get update && sudo apt-get install -y bubblewrap'
      : onPath('dnf')
        ? 'sudo dnf install -y bubblewrap'
        : 'sudo pacman -S bubblewrap (or what your distribution has)';
    throw new UsageError(`bubblewrap, which makes the local sandboxes, is missing. Type: ${command}`);
  }
  say('installing bubblewrap with apt-get');
  installPackage('bubblewrap');
}

function onPath(command: string): string | null {
  return findOnPath(process.platform === 'win32' ? `${command}.exe` : command, process.env);
}
