import { lstat, readdir, readlink } from 'node:fs/promises';
import { workspacePlaces } from '../provider.ts';
import type { Python } from './python.ts';

const megabyte = 1024 * 1024;

export interface BubblewrapOptions {
  bubblewrap: string;
  python: Python;
  /** The compiled broker. */
  broker: { directory: string; module: string };
  /** Further links and directories of the system that programs expect. */
  system: string[];
  /** What covers the kernel's settings in `/proc`. */
  settings: string[];
  /** Where a clone is to be made: the repository it takes its objects from, and the room it has. */
  workspace: { mirror: string; bytes: number } | null;
}

/** The command that becomes a sandbox: no network, no files of the host but its programs, every writable place limited in size. */
export function bubblewrapCommand(options: BubblewrapOptions): string[] {
  const { bubblewrap, python, broker, system, settings, workspace } = options;
  const outsideUsr = python.prefix.startsWith('/usr/') || python.prefix === '/usr' ? [] : bind(python.prefix);
  return [
    bubblewrap,
    ...['--unshare-user', '--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...['--disable-userns', '--uid', '1000', '--gid', '1000', '--hostname', 'sandbox'],
    ...['--cap-drop', 'ALL', '--new-session'],
    ...['--clearenv', '--setenv', 'PATH', '/usr/local/bin:/usr/bin:/bin', '--setenv', 'HOME', '/home/agent'],
    ...['--setenv', 'TMPDIR', '/tmp', '--setenv', 'LANG', 'C.UTF-8', '--setenv', 'PYTHONHASHSEED', '0'],
    ...['--ro-bind', '/usr', '/usr', ...system, ...outsideUsr],
    ...['--ro-bind', broker.directory, '/opt/rlm'],
    ...['--proc', '/proc', ...settings, '--dev', '/dev'],
    ...['--size', `${64 * megabyte}`, '--perms', '1777', '--tmpfs', '/dev/shm'],
    ...['--size', `${256 * megabyte}`, '--perms', '1777', '--tmpfs', '/tmp'],
    ...['--size', `${256 * megabyte}`, '--tmpfs', '/home/agent'],
    ...(workspace === null ? [] : workspaceArguments(workspace)),
    ...['--remount-ro', '/dev', '--remount-ro', '/', '--chdir', '/home/agent'],
    ...[python.executable, '-s', '-S', '-B', `/opt/rlm/${broker.module}`, 'fd:94'],
  ];
}

function workspaceArguments({ mirror, bytes }: NonNullable<BubblewrapOptions['workspace']>): string[] {
  const { directory, source, state } = workspacePlaces;
  const room = (path: string) => ['--size', `${bytes}`, '--tmpfs', path];
  return ['--ro-bind', mirror, source, ...room(directory), ...room(state)];
}

/** `/bin`, `/lib` and their like: links into `/usr` on most systems, directories of their own on some. */
export async function systemArguments(): Promise<string[]> {
  const places = await Promise.all(
    ['/bin', '/lib', '/lib64', '/lib32', '/sbin'].map(async (path) => {
      const found = await lstat(path).catch(() => null);
      if (found === null) return [];
      return found.isSymbolicLink() ? ['--symlink', await readlink(path), path] : bind(path);
    }),
  );
  const optional = ['/etc/ld.so.cache', '/etc/alternatives'].flatMap((path) => ['--ro-bind-try', path, path]);
  return [...places.flat(), ...optional];
}

/**
 * Covers everything in `/proc` that is not a process, read-only. Where the worker is root, the sandbox's user is root to
 * the files in there, and a file like `/proc/sys/kernel/core_pattern` would let it run programs on the host.
 */
export async function processSettingsArguments(): Promise<string[]> {
  const names = (await readdir('/proc')).filter((name) => !/^\d+$/.test(name));
  const places = await Promise.all(
    names.map(async (name) => {
      const path = `/proc/${name}`;
      const found = await lstat(path).catch(() => null);
      const covered = found?.isDirectory() || (found?.isFile() && (found.mode & 0o222) !== 0);
      return covered ? bind(path) : [];
    }),
  );
  return places.flat();
}

function bind(path: string): string[] {
  return ['--ro-bind', path, path];
}
