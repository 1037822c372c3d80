import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Names a running process as `PID-STARTTIME`, so that a later process with the same id is not taken for it. Null when
 * there is no such process, or only what is left of one that ended.
 */
export function processIdentity(pid: number): string | null {
  const startTime = process.platform === 'linux' ? startTicks(pid) : startSeconds(pid);
  return startTime === null ? null : `${pid}-${startTime}`;
}

/** Whether the process that {@link processIdentity} named still runs. */
export function isRunning(identity: string): boolean {
  return processIdentity(processId(identity)) === identity;
}

/** The process id in an identity. */
export function processId(identity: string): number {
  return Number.parseInt(identity, 10);
}

/** Linux: clock ticks between boot and the start of the process. */
function startTicks(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null; // No such process.
  }
  // The second field, the command's name in parentheses, may hold anything.
  const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 'ZX'.includes(state) ? null : (fields[18] ?? null);
}

/** Elsewhere: what ps says, in seconds since 1970. */
function startSeconds(pid: number): string | null {
  try {
    const output = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [state = '', ...started] = output.trim().split(/\s+/);
    return state.startsWith('Z') ? null : String(Date.parse(started.join(' ')) / 1000);
  } catch {
    return null; // ps fails where there is no such process.
  }
}
