import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processIdentity } from '../../src/embedded/process-identity.ts';
import { UnfinishedFiles } from '../../src/unfinished-files.ts';

let directory: string;
let files: UnfinishedFiles;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rlm-unfinished-'));
  files = new UnfinishedFiles(directory);
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Leaves a file as another process would have. */
function leave(writer: string): string {
  const own = files.newPath();
  writeFileSync(own, 'half');
  const left = own.replace(`${processIdentity(process.pid)}@${hostname()}`, writer);
  renameSync(own, left);
  return basename(left);
}

async function endedProcess(): Promise<string> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const identity = processIdentity(child.pid ?? -1);
  child.kill('SIGKILL');
  await once(child, 'exit');
  return String(identity);
}

describe('files that are being written', () => {
  it('have a new name each', () => {
    expect(files.newPath()).not.toBe(files.newPath());
  });

  it('are swept when their writer has ended, and left alone before', async () => {
    const own = files.newPath();
    writeFileSync(own, 'half');
    leave(`${await endedProcess()}@${hostname()}`);
    files.sweep();
    expect(readdirSync(directory)).toEqual([basename(own)]);
  });

  it('are left alone where nobody here can tell whether their writer lives', async () => {
    const left = leave(`${await endedProcess()}@another-machine`);
    files.sweep();
    expect(readdirSync(directory)).toEqual([left]);
  });

  it('need not have been there', () => {
    new UnfinishedFiles(join(directory, 'none')).sweep();
  });
});
