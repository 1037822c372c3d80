import { WorkspaceInput } from '../agent/workspace.ts';
import { UsageError } from '../errors.ts';
import { absoluteAddress } from './repository-address.ts';

/** A workspace as a program of the user's gave it, with a local path made absolute. Throws `UsageError` for one that cannot be. */
export function checkedWorkspace(workspace: WorkspaceInput): WorkspaceInput {
  const checked = WorkspaceInput.safeParse(workspace);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw new UsageError(`workspace: ${[...(issue?.path ?? []), issue?.message].join(': ')}`);
  }
  return { ...checked.data, repository: absoluteAddress(checked.data.repository, process.cwd()) };
}
