import { RepositoryRefused } from '../errors.ts';

/** What a repository says of its branches and tags: `git ls-remote --symref`. */
export interface RemoteReferences {
  /** The default branch; null where there is none, or none that it names. */
  defaultBranch: string | null;
  /** Commits by full name, such as `refs/heads/main`. Those that tags of their own lead to end with `^{}`. */
  commits: ReadonlyMap<string, string>;
}

/** Reads what `git ls-remote --symref` printed. */
export function parseRemoteReferences(text: string): RemoteReferences {
  const commits = new Map<string, string>();
  let defaultBranch: string | null = null;
  for (const line of text.split('\n')) {
    const [value = '', name] = line.split('\t');
    if (name === undefined) continue;
    if (!value.startsWith('ref: ')) commits.set(name, value);
    else if (name === 'HEAD' && value.startsWith('ref: refs/heads/'))
      defaultBranch = value.slice('ref: refs/heads/'.length);
  }
  return { defaultBranch, commits };
}

/** Finds the commit of a branch or a tag, as `git clone --branch` does. Throws {@link RepositoryRefused} when there is neither. */
export function commitOfBranch(address: string, branch: string, { commits }: RemoteReferences): string {
  const commit =
    commits.get(`refs/heads/${branch}`) ?? commits.get(`refs/tags/${branch}^{}`) ?? commits.get(`refs/tags/${branch}`);
  if (commit === undefined) throw new RepositoryRefused(`${address} has no branch or tag "${branch}"`);
  return commit;
}
