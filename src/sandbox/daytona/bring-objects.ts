import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sandbox } from '@daytonaio/sdk';
import { RepositoryRefused } from '../../errors.ts';
import { runGit } from '../../repository/git.ts';
import { type RepositorySource, workspacePlaces } from '../provider.ts';

const { source, state } = workspacePlaces;
const checkout = `${state}/checkout`;
const bundle = `${state}/repository.bundle`;

/** Its directory stays: the user may not be allowed to make it again. */
const empty = `find ${source} -mindepth 1 -delete`;

/** How long a repository may take to be cloned in a sandbox, in seconds. */
const cloneSeconds = 1_200;

/**
 * Puts a bare repository with the commit's objects into a sandbox. Over https, Daytona's git fetches it, with a credential
 * that is not kept; what only this host reaches, or Daytona's git does not manage, is sent as a bundle of its mirror.
 */
export async function bringObjects(sandbox: Sandbox, repository: RepositorySource): Promise<void> {
  if (await succeeds(sandbox, `git -C ${source} cat-file -e ${repository.commit}`)) return; // an attempt before did it
  if (/^https?:/.test(repository.address) && (await cloneThere(sandbox, repository))) return;
  await sendBundle(sandbox, repository);
}

async function cloneThere(
  sandbox: Sandbox,
  { address, branch, commit, credentials }: RepositorySource,
): Promise<boolean> {
  try {
    await sandbox.process.executeCommand(`rm -rf ${checkout}; ${empty}`);
    const { username, password } = credentials ?? {};
    await sandbox.git.clone(address, checkout, branch ?? undefined, commit, username, password);
  } catch {
    return false; // A network that is closed, a tag in place of a branch, a server it cannot talk to: the bundle needs none of it.
  }
  return succeeds(
    sandbox,
    `set -e
mv ${checkout}/.git/* ${source}
rm -rf ${checkout}
cd ${source}
git config core.bare true
git fetch -q --update-head-ok . 'refs/remotes/origin/*:refs/heads/*' || true
git remote remove origin
rm -f FETCH_HEAD
git cat-file -e ${commit}`,
  );
}

async function sendBundle(sandbox: Sandbox, { address, commit, mirror }: RepositorySource): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'rlm-bundle-'));
  try {
    const file = join(directory, 'repository.bundle');
    await runGit(['-C', await mirror(), 'bundle', 'create', '--quiet', file, '--all']);
    await sandbox.fs.uploadFile(file, bundle, cloneSeconds);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  const unpack = `${empty}; git clone -q --mirror ${bundle} ${source} && rm ${bundle} && git -C ${source} remote remove origin && git -C ${source} cat-file -e ${commit}`;
  const { exitCode, result } = await sandbox.process.executeCommand(unpack, undefined, undefined, cloneSeconds);
  if (exitCode !== 0) {
    throw new RepositoryRefused(
      `cannot bring ${address} into the sandbox: ${result.trim().split('\n').at(-1)?.slice(0, 300)}`,
    );
  }
}

async function succeeds(sandbox: Sandbox, command: string): Promise<boolean> {
  const { exitCode } = await sandbox.process.executeCommand(command, undefined, undefined, cloneSeconds);
  return exitCode === 0;
}
