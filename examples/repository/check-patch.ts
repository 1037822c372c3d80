import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { git } from './git.ts';

/** How a run of the tests ended. */
export interface TestOutcome {
  passed: boolean;
  /** The last line, such as `FAILED (failures=1)`. */
  summary: string;
}

/**
 * Clones the repository afresh, and runs its tests before and after the patch is applied there. The tests run on this
 * machine, not in a sandbox, and so does what the patch changed.
 *
 * @param folder Where the clone is put.
 */
export function checkPatch(
  repository: string,
  patch: string,
  folder: string,
): { before: TestOutcome; after: TestOutcome } {
  const clone = join(folder, 'clone');
  git(folder, ['clone', '--quiet', '--', repository, clone]);
  const before = runTests(clone);
  git(clone, ['apply'], { input: patch });
  return { before, after: runTests(clone) };
}

function runTests(directory: string): TestOutcome {
  const { status, stderr, error } = spawnSync('python3', ['-B', '-m', 'unittest'], {
    cwd: directory,
    encoding: 'utf8',
  });
  if (error) throw error;
  return { passed: status === 0, summary: stderr.trim().split('\n').at(-1) ?? '' };
}
