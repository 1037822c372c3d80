import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isRunning, processIdentity } from '../../src/embedded/process-identity.ts';
import { acquireProcessLock } from '../../src/embedded/process-lock.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rlm-lock-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

it('is held by one at a time', async () => {
  let holders = 0;
  let most = 0;
  const hold = async () => {
    const lock = await acquireProcessLock(directory);
    most = Math.max(most, ++holders);
    await new Promise(setImmediate);
    holders--;
    lock.release();
  };
  await Promise.all(Array.from({ length: 10 }, hold));
  expect(most).toBe(1);
});

it('is free at once when its holder is dead', async () => {
  const ours = processIdentity(process.pid) ?? '';
  writeFileSync(join(directory, '7'), `${ours}9`);
  let waited = false;
  const lock = await acquireProcessLock(directory, () => {
    waited = true;
  });
  expect(waited).toBe(false);
  expect(readdirSync(directory)).toEqual(['8']);
  lock.release();
});

it('tells a process from a later one with the same id', () => {
  const ours = processIdentity(process.pid);
  if (ours === null) throw new Error('this process has no identity');
  expect(isRunning(ours)).toBe(true);
  expect(isRunning(`${ours}1`)).toBe(false);
  expect(isRunning('2147483647-1')).toBe(false);
});
