/** Debian's packages, for what a clone needs and the machine lacks. */
import { spawnSync } from 'node:child_process';
import { findOnPath } from '../src/embedded/temporal-binary.ts';
import { UsageError } from '../src/errors.ts';

/** Whether packages can be installed here without asking anybody. */
export function mayInstallPackages(): boolean {
  return process.getuid?.() === 0 && findOnPath('apt-get', process.env) !== null;
}

/** Installs a package. Throws {@link UsageError} with apt's last word where that fails. */
export function installPackage(name: string): void {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const step of [['update'], ['install', '-y', '--no-install-recommends', name]]) {
    const { status, stderr } = spawnSync('apt-get', ['-qq', ...step], { env: environment, encoding: 'utf8' });
    // A stale list of one of several sources does not matter as long as the package is found.
    if (status !== 0 && step[0] === 'install') {
      throw new UsageError(`apt-get install ${name} failed: ${stderr.trim().split('\n').at(-1)}`);
    }
  }
}
