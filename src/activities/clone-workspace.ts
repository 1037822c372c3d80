import type { Workspace } from '../agent/workspace.ts';
import { RepositoryRefused, SandboxRefused } from '../errors.ts';
import type { BrokerClient } from '../repl/broker-client.ts';
import { workspacePlaces } from '../sandbox/provider.ts';

/**
 * Makes the clone at `/workspace` of a sandbox.
 *
 * Throws `SandboxRefused` where the sandbox has no git, `RepositoryRefused` where the work tree cannot be made in it.
 */
export async function cloneWorkspace(
  broker: BrokerClient,
  { repository, branch, commit }: Workspace,
  signal: AbortSignal,
): Promise<void> {
  const cloned = await broker.cloneWorkspace({ ...workspacePlaces, origin: repository, branch, commit }, signal);
  if (cloned.ok) return;
  if (cloned.kind === 'no-git') {
    throw new SandboxRefused('agents with a workspace need git in their sandbox; install it: apt-get install git');
  }
  throw new RepositoryRefused(`cannot clone ${repository} into the sandbox: ${cloned.error}`);
}
