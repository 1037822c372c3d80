import { RepositoryRefused, RepositoryUnavailable } from '../errors.ts';
import { GitFailed } from './git.ts';

/** What a user can do about git's own words, by what these contain. */
const explanations: readonly [pattern: RegExp, what: string][] = [
  [
    /Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|HTTP Basic: Access denied|403/i,
    'access is denied; for a private repository set RLM_GIT_TOKEN, or use an ssh address with an ssh agent',
  ],
  [
    /Permission denied \(publickey|Host key verification failed/i,
    'ssh refuses access; check ssh-add -l and known_hosts',
  ],
  [
    /Repository not found|repository '.*' not found|does not exist|not found/i,
    'there is no such repository, or no access to it',
  ],
  [
    /does not appear to be a git repository|not a git repository/i,
    'it is no git repository; give the top folder of a repository, or its URL',
  ],
  [/dubious ownership/i, 'it belongs to another user; allow it with git config --global --add safe.directory PATH'],
];

const passing =
  /Could not resolve host|Failed to connect|Couldn't connect|Connection (?:refused|timed out|reset)|Operation timed out|early EOF|unexpected disconnect|The requested URL returned error: (?:429|5\d\d)|RPC failed|gnutls_handshake|SSL_(?:connect|read)|remote end hung up/i;

/**
 * Why a repository could not be reached, in one line: {@link RepositoryUnavailable} where trying again may help, else
 * {@link RepositoryRefused}. Other errors are returned as they are.
 */
export function explainFailure(address: string, error: unknown): unknown {
  if (!(error instanceof GitFailed)) return error;
  const { stderr } = error;
  const words = ownWords(stderr);
  if (/No space left on device|Disk quota exceeded/i.test(stderr))
    return new Error(`cannot keep a copy of ${address}: ${words}`);
  const known = explanations.find(([pattern]) => pattern.test(stderr));
  if (passing.test(stderr) && (!known || /remote end hung up/.test(words))) {
    return new RepositoryUnavailable(`cannot reach ${address}: ${words}`);
  }
  const hint = known ? `${known[1]} (git: ${words})` : words;
  return new RepositoryRefused(`cannot clone ${address}: ${hint}`);
}

/** The line of git's complaints that says most. */
function ownWords(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const said = lines.filter((line) => /^(?:fatal|error|ERROR|ssh|remote|.*Permission denied)\b/.test(line));
  const line =
    said.find((one) => /^(?:ERROR|ssh|remote: (?:Repository|HTTP))|Permission denied/.test(one)) ??
    said[0] ??
    lines[0] ??
    'no reason given';
  return line.replace(/^(?:fatal|error|ERROR|remote): */, '').slice(0, 300);
}
