import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isRunning, processIdentity } from './process-identity.ts';

const retryMs = 20;
const free = 'free';

export interface ProcessLock {
  release(): void;
}

/**
 * Takes a lock that at most one process holds at a time. One that a dead process held is free at once.
 *
 * The lock is a folder of numbered claims: the highest counts, and names its holder or says `free`. The next holder
 * links the next number, which only one of several can do; so a claim is never removed to be taken, and a slow process
 * cannot break the lock of one that was faster.
 *
 * @param onWait Called once when somebody else holds the lock.
 */
export async function acquireProcessLock(directory: string, onWait?: () => void): Promise<ProcessLock> {
  mkdirSync(directory, { recursive: true });
  let waited = false;
  for (;;) {
    const claim = tryToClaim(directory);
    if (claim) return { release: () => write(directory, free, (from) => renameSync(from, claim)) };
    if (!waited) onWait?.();
    waited = true;
    // The file system tells nobody of a process that died.
    await setTimeout(retryMs);
  }
}

/** The path of the claim, or null while another process holds the lock. */
function tryToClaim(directory: string): string | null {
  const latest = highestClaim(directory);
  if (latest > 0 && isHeld(join(directory, String(latest)))) return null;
  const mine = latest + 1;
  const path = join(directory, String(mine));
  if (!write(directory, processIdentity(process.pid) ?? '', (from) => linkOnce(from, path))) return null;
  if (highestClaim(directory) > mine) {
    // This process was slow: others took and freed the lock since it looked.
    rmSync(path, { force: true });
    return null;
  }
  for (const number of claims(directory)) {
    if (number < mine) rmSync(join(directory, String(number)), { force: true });
  }
  return path;
}

function claims(directory: string): number[] {
  return readdirSync(directory).map(Number).filter(Number.isInteger);
}

function highestClaim(directory: string): number {
  return Math.max(0, ...claims(directory));
}

function isHeld(path: string): boolean {
  try {
    const holder = readFileSync(path, 'utf8');
    return holder !== free && isRunning(holder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true; // A newer claim replaced it: look again.
    throw error;
  }
}

/** Writes a file that has its content from its first instant on. */
function write<T>(directory: string, content: string, place: (from: string) => T): T {
  const temporary = join(directory, `claim-${randomUUID()}`);
  writeFileSync(temporary, content);
  try {
    return place(temporary);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function linkOnce(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
