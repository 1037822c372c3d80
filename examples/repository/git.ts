import { execFileSync } from 'node:child_process';
import { devNull } from 'node:os';

const person = { name: 'Postage Example', email: 'postage@example.org' };

export interface GitOptions {
  /** Of author and committer. Default: now. */
  date?: string;
  /** Given on standard input. */
  input?: string;
}

/**
 * Runs git in a directory and returns what it prints. The user's own configuration does not count: it may sign commits,
 * have hooks, or name another first branch. Throws when git ends with an error, with what git said.
 */
export function git(directory: string, command: readonly string[], { date, input = '' }: GitOptions = {}): string {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const environment: NodeJS.ProcessEnv = {
    ...Object.fromEntries(inherited),
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_NOSYSTEM: '1',
  };
  for (const role of ['AUTHOR', 'COMMITTER']) {
    environment[`GIT_${role}_NAME`] = person.name;
    environment[`GIT_${role}_EMAIL`] = person.email;
    if (date !== undefined) environment[`GIT_${role}_DATE`] = date;
  }
  return execFileSync('git', command, { cwd: directory, env: environment, encoding: 'utf8', input, stdio: 'pipe' });
}
