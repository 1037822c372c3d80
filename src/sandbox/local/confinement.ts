import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { SandboxRefused } from '../../errors.ts';
import { processSettingsArguments, systemArguments } from './bubblewrap.ts';
import { type CgroupHome, prepareCgroups } from './cgroups.ts';
import { compileBroker, findPython } from './python.ts';

const run = promisify(execFile);

/** `nobody`, whom resource limits hold, as they do not hold root. */
const unprivilegedUser = 65_534;

/** How a sandbox's memory and processes are limited. */
export type Confinement =
  | { kind: 'cgroups'; home: CgroupHome }
  /** By limits of each process, as the given user; null: as the worker's own, who is not root. */
  | { kind: 'rlimits'; user: number | null };

/** Everything about this machine that making a sandbox needs; found once. */
export interface Machine {
  bubblewrap: string;
  python: Awaited<ReturnType<typeof findPython>>;
  broker: Awaited<ReturnType<typeof compileBroker>>;
  system: string[];
  settings: string[];
  confinement: Confinement;
}

const elsewhere = 'or use RLM_SANDBOX=daytona with DAYTONA_API_KEY';

/** Finds what local sandboxes need on this machine. Throws {@link SandboxRefused} with one line where they cannot be made. */
export async function inspectMachine(dataDirectory: string): Promise<Machine> {
  if (process.platform !== 'linux') {
    throw new SandboxRefused(
      `local sandboxes need Linux, and this is ${process.platform}; use RLM_SANDBOX=daytona with DAYTONA_API_KEY`,
    );
  }
  const bubblewrap = await findBubblewrap();
  const [python, system, settings, cgroups] = await Promise.all([
    findPython(),
    systemArguments(),
    processSettingsArguments(),
    prepareCgroups(),
  ]);
  const confinement = chooseConfinement(cgroups, process.getuid?.() ?? 0);
  const [broker] = await Promise.all([
    compileBroker(python, dataDirectory),
    tryBubblewrap(bubblewrap, system, confinement.kind === 'rlimits' ? confinement.user : null),
  ]);
  return { bubblewrap, python, broker, system, settings, confinement };
}

/** Cgroups where they can be made; else limits of each process, which never hold root. */
export function chooseConfinement(cgroups: CgroupHome | null, user: number): Confinement {
  if (cgroups !== null) return { kind: 'cgroups', home: cgroups };
  return { kind: 'rlimits', user: user === 0 ? unprivilegedUser : null };
}

async function findBubblewrap(): Promise<string> {
  for (const directory of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const path = join(directory, 'bwrap');
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return path;
  }
  throw new SandboxRefused(`local sandboxes need bubblewrap: apt-get install bubblewrap, ${elsewhere}`);
}

async function tryBubblewrap(bubblewrap: string, system: string[], user: number | null): Promise<void> {
  const isolation = ['--unshare-user', '--unshare-pid', '--unshare-net', '--disable-userns', '--cap-drop', 'ALL'];
  const files = ['--ro-bind', '/usr', '/usr', ...system, '--proc', '/proc', '--dev', '/dev'];
  const identity = user === null ? {} : { uid: user, gid: user };
  try {
    await run(bubblewrap, [...isolation, ...files, '/usr/bin/true'], { timeout: 10_000, ...identity });
  } catch (error) {
    const reason = lastLine((error as { stderr?: string }).stderr ?? String(error));
    throw new SandboxRefused(
      `local sandboxes need user namespaces${user === null ? '' : ' or writable cgroups'}, which this machine refuses (${reason}); ` +
        `run where they are allowed, ${elsewhere}`,
    );
  }
}

/** The line of a program's complaints that says what went wrong. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
}
