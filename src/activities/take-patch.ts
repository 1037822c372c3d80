import { isUtf8 } from 'node:buffer';
import { Context } from '@temporalio/activity';
import type { Patch, Workspace } from '../agent/workspace.ts';
import { SandboxLost } from '../errors.ts';
import { type SandboxReference, workspacePlaces } from '../sandbox/provider.ts';
import { activity } from './activity-scope.ts';
import type { Dependencies } from './dependencies.ts';
import { failure } from './failures.ts';

export interface TakePatchInput {
  sandbox: SandboxReference;
  workspace: Workspace;
}

/** Ends the agent's Python and keeps what it changed in its clone, whatever it did to git there. */
export function takePatchActivity({ brokers, store }: Dependencies) {
  return activity(async ({ sandbox, workspace }: TakePatchInput, signal): Promise<Patch> => {
    const { attempt } = Context.current().info;
    const broker = await brokers.client(sandbox);
    const { directory, source, state } = workspacePlaces;
    const objects = `${source}/objects`;
    const made = await broker.makePatch({ directory, state, objects, commit: workspace.commit, attempt }, signal);
    if (!made.ok) throw failure('PatchFailed', made.error);
    const { bytes, files, remarks } = made;
    if (bytes === 0) return { stored: null, bytes, files, remarks };
    const patch = await broker.readPatch(bytes, signal);
    if (!isUtf8(patch)) throw new SandboxLost('the sandbox spoke nonsense: a patch that is no text');
    return { stored: await store.put(patch), bytes, files, remarks };
  });
}
