import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processSettingsArguments, systemArguments } from '../../../src/sandbox/local/bubblewrap.ts';
import { findPython, type Python } from '../../../src/sandbox/local/python.ts';
import { type MachineFolders, places } from './machine-folders.ts';
import { linkProgramsWithoutGit } from './programs-without-git.ts';

const run = '/run/daytona';
const daemon = fileURLToPath(new URL('./daemon', import.meta.url));

/** What all sandboxes of a stand-in are made of. */
export interface MachineKind {
  bubblewrap: string;
  python: Python;
  system: string[];
  settings: string[];
  /** Its programs, where they are not simply those of this computer. */
  programs: string | null;
  /** Whether its user may write everywhere but to the programs, as root may in most images. */
  ownsRoot: boolean;
}

/** Looks at this computer once. `python`: the executable that sandboxes have. */
export async function inspectComputer(options: {
  directory: string;
  git: boolean;
  ownsRoot: boolean;
  python: string | undefined;
}): Promise<MachineKind> {
  const programs = options.git ? null : join(options.directory, 'programs');
  if (programs !== null) await linkProgramsWithoutGit(programs);
  const [python, system, settings] = await Promise.all([
    findPython(options.python === undefined ? process.env : { ...process.env, RLM_PYTHON: options.python }),
    systemArguments(),
    processSettingsArguments(),
  ]);
  const bubblewrap = execFileSync('/bin/sh', ['-c', 'command -v bwrap'], { encoding: 'utf8' }).trim();
  return { bubblewrap, python, system, settings, programs, ownsRoot: options.ownsRoot };
}

/** What runs in a sandbox first. */
export function daemonCommand({ python }: MachineKind): string[] {
  return [python.executable, '-E', '-s', '-S', '-B', `${run}/program/daemon.py`, run];
}

/**
 * What bubblewrap makes a sandbox of: namespaces of its own, a root of its own, this computer's programs read-only on top.
 * It holds the variables, so it travels through a pipe.
 */
export function machineArguments(
  kind: MachineKind,
  folders: MachineFolders,
  hostname: string,
  env: Record<string, string>,
): string[] {
  const { python, system, settings, programs, ownsRoot } = kind;
  const ofSystem = python.prefix === '/usr' || python.prefix.startsWith('/usr/');
  const path = [
    ...(ofSystem ? [] : [`${python.prefix}/bin`]),
    '/usr/local/bin',
    ...(programs === null ? ['/usr/bin', '/bin'] : [`${run}/programs`]),
  ];
  const variables = { PATH: path.join(':'), HOME: places.home, USER: 'daytona', LANG: 'C.UTF-8', ...env };
  return [
    ...['--unshare-user', '--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...['--uid', '1000', '--gid', '1000', '--hostname', hostname, '--cap-drop', 'ALL'],
    ...['--new-session', '--die-with-parent', '--clearenv'],
    ...Object.entries(variables).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--bind', folders.root, '/', '--ro-bind', '/usr', '/usr', ...system],
    ...(ofSystem ? [] : ['--ro-bind', python.prefix, python.prefix]),
    ...['--ro-bind-try', '/etc/ssl', '/etc/ssl', '--proc', '/proc', ...settings, '--dev', '/dev'],
    ...['--bind', folders.run, run, '--ro-bind', daemon, `${run}/program`],
    ...(programs === null ? [] : ['--ro-bind', programs, `${run}/programs`, '--ro-bind', '/dev/null', '/usr/bin/git']),
    ...Object.values(places).flatMap((place) => ['--bind', `${folders.root}${place}`, place]),
    ...(ownsRoot ? [] : ['--remount-ro', '/']),
    ...['--chdir', places.home],
  ];
}

/** The links that a start makes in a sandbox's root. */
export function linksOf({ system }: MachineKind): string[] {
  return system.filter((_, index) => system[index - 2] === '--symlink');
}
