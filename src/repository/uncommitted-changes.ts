import { runGit } from './git.ts';

/** Whether the work tree of a local repository differs from its commit. False for a bare one. */
export async function hasUncommittedChanges(directory: string): Promise<boolean> {
  try {
    // Looking must neither write to the repository nor start a program that its settings name.
    const careful = ['--no-optional-locks', '-c', 'core.fsmonitor=false', '-C', directory];
    return (await runGit([...careful, 'status', '--porcelain'])).trim() !== '';
  } catch {
    return false; // A bare repository has no work tree; what else may be wrong with it shows elsewhere.
  }
}
