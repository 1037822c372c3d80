import { mkdir, readdir, readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './processes.ts';

/** Where a sandbox's cgroups are made: one hierarchy (v2), or one per controller (v1). Both below the worker's own. */
export type CgroupHome =
  | { version: 1; memory: string; pids: string }
  /** `directory` has the controllers enabled for its children. */
  | { version: 2; directory: string };

export interface CgroupLimits {
  memoryBytes: number;
  processes: number;
}

/** Every cgroup of ours is named like this, so that a sweeper knows them. */
export const cgroupPrefix = 'rlm-';

/** The leaf that a v2 worker moves into, since a cgroup with processes cannot hand out controllers to its children. */
const workerLeaf = 'rlm-worker';

/** Finds where this process can make cgroups for memory and pids, from the text of `/proc/self/cgroup` and `/proc/self/mountinfo`. */
export function locateCgroups(cgroup: string, mountinfo: string): CgroupHome | null {
  const memory = locateController(cgroup, mountinfo, 'memory');
  const pids = locateController(cgroup, mountinfo, 'pids');
  if (memory !== null && pids !== null) return { version: 1, memory, pids };
  const unified = /^0::(.*)$/m.exec(cgroup)?.[1];
  const mount = mounts(mountinfo).find(({ type }) => type === 'cgroup2');
  if (unified === undefined || mount === undefined) return null;
  const own = unified.endsWith(`/${workerLeaf}`) ? unified.slice(0, -workerLeaf.length - 1) : unified;
  return { version: 2, directory: below(mount, own) };
}

function locateController(cgroup: string, mountinfo: string, controller: string): string | null {
  const path = cgroup
    .split('\n')
    .map((line) => /^\d+:([^:]+):(.*)$/.exec(line))
    .find((match) => match?.[1]?.split(',').includes(controller))?.[2];
  const mount = mounts(mountinfo).find(({ type, options }) => type === 'cgroup' && options.includes(controller));
  return path === undefined || mount === undefined ? null : below(mount, path);
}

interface Mount {
  root: string;
  point: string;
  type: string;
  options: string[];
}

function mounts(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ');
    const [, , , root, point] = before?.split(' ') ?? [];
    const [type, , options] = after?.split(' ') ?? [];
    if (!root || !point || !type || options === undefined) return [];
    return [{ root, point, type, options: options.split(',') }];
  });
}

/** A container may see only a part of the hierarchy, whose root is then part of every path. */
function below({ root, point }: Mount, path: string): string {
  return join(point, root !== '/' && path.startsWith(root) ? path.slice(root.length) : path).replace(/\/$/, '');
}

/** Readies the place for cgroups that limit memory and pids. Null where this process may not make any. */
export async function prepareCgroups(): Promise<CgroupHome | null> {
  const [cgroup, mountinfo] = await Promise.all([
    readFile('/proc/self/cgroup', 'utf8'),
    readFile('/proc/self/mountinfo', 'utf8'),
  ]);
  const home = locateCgroups(cgroup, mountinfo);
  if (home === null) return null;
  try {
    if (home.version === 2) await enableControllers(home.directory);
    const probe = await createCgroups(home, `${cgroupPrefix}probe-${process.pid}`, {
      memoryBytes: 1 << 30,
      processes: 8,
    });
    await Promise.all(probe.map((directory) => rmdir(directory)));
    return home;
  } catch {
    // Read-only, not ours, or without these controllers: limits must be set in another way.
    return null;
  }
}

async function enableControllers(directory: string): Promise<void> {
  const control = join(directory, 'cgroup.subtree_control');
  const enabled = (await readFile(control, 'utf8')).split(/\s+/);
  if (enabled.includes('memory') && enabled.includes('pids')) return;
  try {
    await writeFile(control, '+memory +pids');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
    await moveIntoLeaf(directory);
    await writeFile(control, '+memory +pids');
  }
}

async function moveIntoLeaf(directory: string): Promise<void> {
  const leaf = join(directory, workerLeaf);
  await mkdir(leaf, { recursive: true });
  for (const pid of (await readFile(join(directory, 'cgroup.procs'), 'utf8')).split('\n').filter(Boolean)) {
    // One that ended meanwhile needs no moving.
    await writeFile(join(leaf, 'cgroup.procs'), pid).catch(() => {});
  }
}

/** Makes a sandbox's cgroups and returns their directories. */
export async function createCgroups(home: CgroupHome, name: string, limits: CgroupLimits): Promise<string[]> {
  if (home.version === 2) {
    const directory = join(home.directory, name);
    await mkdir(directory);
    await Promise.all([
      writeFile(join(directory, 'memory.max'), `${limits.memoryBytes}`),
      writeOptional(join(directory, 'memory.swap.max'), '0'),
      writeFile(join(directory, 'pids.max'), `${limits.processes}`),
    ]);
    return [directory];
  }
  const memory = join(home.memory, name);
  const pids = join(home.pids, name);
  await Promise.all([mkdir(memory), mkdir(pids)]);
  await Promise.all([
    limitMemory(memory, limits.memoryBytes),
    writeFile(join(pids, 'pids.max'), `${limits.processes}`),
  ]);
  return [memory, pids];
}

async function limitMemory(directory: string, bytes: number): Promise<void> {
  await writeFile(join(directory, 'memory.limit_in_bytes'), `${bytes}`);
  await writeOptional(join(directory, 'memory.memsw.limit_in_bytes'), `${bytes}`);
}

/** Limits of swap exist only where the system accounts for it. */
async function writeOptional(path: string, text: string): Promise<void> {
  await writeFile(path, text, { flag: 'r+' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

/** Removes cgroups whose processes are gone or going. */
export async function removeCgroups(directories: string[]): Promise<void> {
  await Promise.all(directories.map((directory) => eventually(() => removed(directory), 2_000)));
}

async function removed(directory: string): Promise<boolean> {
  try {
    await rmdir(directory);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EBUSY') return false;
    if (code === 'ENOENT') return true;
    throw error;
  }
}

/** A cgroup this young may be one whose sandbox is about to join it. */
const youngMs = 60_000;

/** Removes the cgroups of sandboxes that ended by themselves; those with processes in them stay. */
export async function sweepCgroups(home: CgroupHome): Promise<void> {
  const parents = home.version === 2 ? [home.directory] : [home.memory, home.pids];
  for (const parent of parents) {
    const names = (await readdir(parent)).filter((name) => name.startsWith(cgroupPrefix) && name !== workerLeaf);
    await Promise.all(names.map((name) => sweepCgroup(join(parent, name))));
  }
}

async function sweepCgroup(directory: string): Promise<void> {
  try {
    const { ctimeMs } = await stat(directory);
    if (Date.now() - ctimeMs > youngMs) await rmdir(directory);
  } catch {
    // In use, or somebody else removed it.
  }
}
