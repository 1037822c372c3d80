import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Workspace, WorkspaceInput } from '../agent/workspace.ts';
import type { RepositoryCredentials } from '../config/settings.ts';
import { writeDataDirectory } from '../data-directory.ts';
import { acquireProcessLock } from '../embedded/process-lock.ts';
import { RepositoryRefused } from '../errors.ts';
import type { RepositorySource } from '../sandbox/provider.ts';
import { credentialEnvironment, credentialsFor } from './credentials.ts';
import { explainFailure } from './explain-failure.ts';
import { GitFailed, runGit } from './git.ts';
import { commitOfBranch, parseRemoteReferences, type RemoteReferences } from './remote-references.ts';
import { checkRepositoryAddress } from './repository-address.ts';

/** Branches and tags. What else hosts keep, such as a reference for every pull request, is fetched when it is asked for. */
const followed = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];

const fullHash = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * One bare copy of each repository on this machine, from which every sandbox's clone takes its objects. Copies are never
 * pruned of objects, because clones may need them for as long as they live.
 */
export class Mirrors {
  private readonly dataDirectory: string;
  private readonly credentials: RepositoryCredentials;
  /** Commits that are known to be there, by `DIRECTORY COMMIT`: a tree of agents asks for the same one again and again. */
  private readonly present = new Set<string>();

  constructor(dataDirectory: string, credentials: RepositoryCredentials) {
    this.dataDirectory = dataDirectory;
    this.credentials = credentials;
  }

  /**
   * Finds the commit that is meant, and fetches it where this machine does not have it.
   *
   * Throws `RepositoryRefused` for a repository, branch or commit that cannot be had, `RepositoryUnavailable` where it may
   * be had later.
   */
  async resolve({ repository, branch, commit }: WorkspaceInput, signal?: AbortSignal): Promise<Workspace> {
    checkRepositoryAddress(repository);
    const directory = await this.open(repository);
    if (commit !== undefined && (await this.knows(directory, commit, branch))) {
      return { repository, branch: branch ?? null, commit };
    }
    const named = await this.namedCommit(repository, branch, signal);
    const wanted = commit === undefined ? named.commit : await this.find(directory, repository, commit, signal);
    await this.fetchMissing(directory, repository, wanted, signal);
    return { repository, branch: branch ?? (commit === undefined ? named.branch : null), commit: wanted };
  }

  /** The repository as a sandbox comes by it. */
  source(workspace: Workspace, signal?: AbortSignal): RepositorySource {
    const { repository: address, branch, commit } = workspace;
    const credentials = credentialsFor(address, this.credentials);
    return { address, branch, commit, credentials, mirror: () => this.provide(workspace, signal) };
  }

  /** The directory of the repository's copy, which has the commit. Throws as {@link resolve} does. */
  async provide({ repository, commit }: Workspace, signal?: AbortSignal): Promise<string> {
    checkRepositoryAddress(repository);
    const directory = await this.open(repository);
    await this.fetchMissing(directory, repository, commit, signal);
    return directory;
  }

  private async knows(directory: string, commit: string, branch: string | undefined): Promise<boolean> {
    if (!fullHash.test(commit) || !(await this.has(directory, commit))) return false;
    if (branch === undefined) return true;
    const names = [`refs/heads/${branch}`, `refs/tags/${branch}`];
    const found = await runGit(['-C', directory, 'for-each-ref', '--format=%(refname)', ...names]);
    return names.some((name) => found.split('\n').includes(name));
  }

  /** The commit of the branch, or of the default one. */
  private async namedCommit(repository: string, branch: string | undefined, signal?: AbortSignal) {
    const patterns = branch === undefined ? ['HEAD'] : ['HEAD', `refs/heads/${branch}`, `refs/tags/${branch}*`];
    const references = await this.references(repository, patterns, signal);
    if (branch !== undefined) return { branch, commit: commitOfBranch(repository, branch, references) };
    const commit = references.commits.get('HEAD');
    if (commit !== undefined) return { branch: references.defaultBranch, commit };
    const { commits } = await this.references(repository, [], signal);
    throw new RepositoryRefused(
      commits.size === 0
        ? `${repository} is empty: it has no commit yet`
        : `${repository} has no default branch; name one with -b`,
    );
  }

  private async references(repository: string, patterns: string[], signal?: AbortSignal): Promise<RemoteReferences> {
    return parseRemoteReferences(
      await this.remotely(repository, ['ls-remote', '--symref', '--', repository, ...patterns], signal),
    );
  }

  /** The full hash of a commit that may be given by the beginning of it. */
  private async find(directory: string, repository: string, commit: string, signal?: AbortSignal): Promise<string> {
    if (fullHash.test(commit)) return commit;
    if (!/^[0-9a-f]{4,64}$/i.test(commit)) {
      throw new RepositoryRefused(`"${commit}" is no commit: give its hash, or the first 7 or more characters of it`);
    }
    const expand = () => runGit(['-C', directory, 'rev-parse', '--verify', '--quiet', `${commit}^{commit}`]);
    const known = await expand().catch(() => null); // it may be on a branch that was not fetched yet
    if (known !== null) return known.trim();
    await this.locked(directory, () => this.fetch(directory, repository, followed, signal));
    return (await expand().catch(() => Promise.reject(noSuchCommit(repository, commit)))).trim();
  }

  private async fetchMissing(
    directory: string,
    repository: string,
    commit: string,
    signal?: AbortSignal,
  ): Promise<void> {
    if (await this.has(directory, commit)) return;
    await this.locked(directory, async () => {
      // Whoever held the lock may have brought it.
      if (await this.has(directory, commit)) return;
      await this.fetch(directory, repository, followed, signal);
      if (await this.has(directory, commit)) return;
      try {
        await this.fetch(directory, repository, [`+${commit}:refs/rlm/commits/${commit}`], signal);
      } catch (error) {
        if (error instanceof RepositoryRefused) throw noSuchCommit(repository, commit);
        throw error;
      }
      if (!(await this.has(directory, commit))) throw noSuchCommit(repository, commit);
    });
  }

  private async has(directory: string, commit: string): Promise<boolean> {
    const key = `${directory} ${commit}`;
    if (this.present.has(key)) return true;
    try {
      await runGit(['-C', directory, 'cat-file', '-e', `${commit}^{commit}`]);
    } catch (error) {
      if (error instanceof GitFailed) return false;
      throw error;
    }
    this.present.add(key);
    return true;
  }

  private async fetch(
    directory: string,
    repository: string,
    references: string[],
    signal?: AbortSignal,
  ): Promise<void> {
    const options = ['--quiet', '--prune', '--force', '--no-tags', '--update-shallow', '--no-write-fetch-head'];
    const from = ['--no-auto-maintenance', '--', repository, ...references];
    // Pruning by the references of one commit would take away all others.
    const pruned = references === followed ? options : options.filter((option) => option !== '--prune');
    await this.remotely(repository, ['-C', directory, 'fetch', ...pruned, ...from], signal);
  }

  private async remotely(repository: string, command: string[], signal?: AbortSignal): Promise<string> {
    const environment = credentialEnvironment(repository, this.credentials, process.env);
    try {
      return await runGit(command, { environment, signal });
    } catch (error) {
      throw explainFailure(repository, error);
    }
  }

  /** The directory of a repository's copy, which may be empty yet. */
  private async open(repository: string): Promise<string> {
    const name = createHash('sha256').update(repository).digest('hex').slice(0, 16);
    const directory = join(this.dataDirectory, 'repositories', `${name}.git`);
    if (existsSync(join(directory, 'config'))) return directory;
    await this.locked(directory, async () => {
      writeDataDirectory(this.dataDirectory, () => mkdirSync(dirname(directory), { recursive: true }));
      await runGit(['init', '--quiet', '--bare', '--', directory]);
      await runGit(['-C', directory, 'config', 'gc.auto', '0']);
      this.forget(directory);
    });
    return directory;
  }

  /** Somebody removed the copy while this process knew it. */
  private forget(directory: string): void {
    for (const key of this.present) if (key.startsWith(`${directory} `)) this.present.delete(key);
  }

  private async locked<T>(directory: string, work: () => Promise<T>): Promise<T> {
    const lock = await acquireProcessLock(`${directory}.lock`);
    try {
      return await work();
    } finally {
      lock.release();
    }
  }
}

function noSuchCommit(repository: string, commit: string): RepositoryRefused {
  return new RepositoryRefused(`${repository} has no commit ${commit}`);
}
