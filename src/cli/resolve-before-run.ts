import { isAbsolute } from 'node:path';
import type { WorkspaceInput } from '../agent/workspace.ts';
import type { Settings } from '../config/settings.ts';
import { Mirrors } from '../repository/mirrors.ts';
import { hasUncommittedChanges } from '../repository/uncommitted-changes.ts';
import { say } from './output.ts';

/** A fetch that takes longer is worth a word. */
const noticeAfterMs = 1_000;

/**
 * Finds the commit that a run is to work on, where that happens on this machine: what is wrong with a repository is
 * said before anything is started. Throws `RepositoryRefused` or `RepositoryUnavailable` in one line.
 */
export async function resolveBeforeRun(
  workspace: WorkspaceInput | null,
  settings: Settings,
  { quiet }: { quiet?: boolean },
): Promise<WorkspaceInput | null> {
  if (workspace === null || settings.temporal.address !== null) return workspace;
  const { repository } = workspace;
  const notice = setTimeout(() => {
    if (!quiet) say(`fetching ${repository} …`);
  }, noticeAfterMs);
  try {
    const mirrors = new Mirrors(settings.dataDirectory, settings.repositories);
    const { branch, commit } = await mirrors.resolve(workspace);
    if (!quiet && isAbsolute(repository) && (await hasUncommittedChanges(repository))) {
      say(
        `rlm: uncommitted changes in ${repository} are not part of the run, which works on commit ${commit.slice(0, 12)}`,
      );
    }
    return { repository, commit, ...(branch === null ? {} : { branch }) };
  } finally {
    clearTimeout(notice);
  }
}
