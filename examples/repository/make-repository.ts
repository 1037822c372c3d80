import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from 'durable-rlm';
import { runProgram } from '../terminal/program.ts';
import { git } from './git.ts';

const source = join(import.meta.dirname, 'postage');

/** What each commit adds, in order. */
const commits: readonly [message: string, ...paths: string[]][] = [
  ['Begin the project', '.gitignore', 'README.md', 'postage/__init__.py', 'tests/__init__.py'],
  ['Price parcels by weight', 'postage/rates'],
  ['Check tracking numbers and read events', 'postage/tracking', 'tests/test_tracking.py'],
  ['Print labels', 'postage/labels', 'tests/test_labels.py'],
  ['Test the prices', 'tests/test_rates.py'],
];

if (import.meta.main) {
  await runProgram(async () => {
    const [directory] = process.argv.slice(2);
    if (directory === undefined) throw new UsageError('say where: node examples/repository/make-repository.ts FOLDER');
    if (existsSync(directory)) throw new UsageError(`${directory} exists already; name a folder that does not`);
    console.log(`${directory} is a repository, at commit ${makeRepository(directory)}`);
  });
}

/**
 * Makes a git repository of a small Python project, with TODO comments of differing difficulty and a test that fails
 * because of one of them. Author and dates are fixed, so its commits have the same hashes each time.
 *
 * @param directory Is made; must not exist yet.
 * @returns The hash of the last commit.
 */
export function makeRepository(directory: string): string {
  mkdirSync(directory, { recursive: true });
  git(directory, ['init', '--quiet', '--initial-branch=main']);
  for (const [index, [message, ...paths]] of commits.entries()) {
    for (const path of paths) cpSync(join(source, path), join(directory, path), { recursive: true });
    git(directory, ['add', '--', ...paths]);
    git(directory, ['commit', '--quiet', '--message', message], { date: `2026-03-${10 + index}T09:00:00Z` });
  }
  return git(directory, ['rev-parse', 'HEAD']).trim();
}
