import { runGit } from './git.ts';

/** Whether the work tree of a local repository differs from its commit. False for a bare one. */
export async function hasUncommittedChanges(directory: string): Promise<boolean> {
  try {
    return (await runGit(['-C', directory, 'status', '--porcelain'])).trim() !== '';
  } catch {
    return false; // A bare repository has no work tree; what else may be wrong with it shows elsewhere.
  }
}
