import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Names a process for as long as the machine runs: a pid alone is used again. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks since boot, from `/proc/PID/stat`. */
  startTime: string;
}

/** Who a pid is now, or null when nobody is. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  // The name in parentheses may hold anything; the fields after it are counted from the third on.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTime = fields[18];
  return state === 'Z' || state === 'X' || startTime === undefined ? null : { pid, startTime };
}

export async function isAlive({ pid, startTime }: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(pid))?.startTime === startTime;
}

/** The children of a process, the oldest first; null when there is no such process. */
export async function childrenOf(pid: number): Promise<number[] | null> {
  const known = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => null);
  if (known !== null) return known.trim().split(' ').filter(Boolean).map(Number);
  if ((await identifyProcess(pid)) === null) return null;
  // A few systems have no such list.
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(pids.map(async (candidate) => ({ candidate, parent: await parentOf(candidate) })));
  return parents.filter(({ parent }) => parent === pid).map(({ candidate }) => candidate);
}

async function parentOf(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]) || null;
}

/** Kills the process if it still is who it was. */
export async function killProcess(identity: ProcessIdentity): Promise<void> {
  if (!(await isAlive(identity))) return;
  try {
    process.kill(identity.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits until something is so. For the ends of processes that are not our children, of which the system tells nobody. */
export async function eventually(condition: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await delay(2);
  }
  return true;
}
