import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { z } from 'zod';
import { liveWorkers } from '../client/live-workers.ts';
import { UsageError } from '../errors.ts';

/** What the page asks for: a verb, the agent it is about, and what the verb needs besides. */
export const VerbRequest = z.strictObject({
  verb: z.string(),
  agentId: z.string().min(1).max(1_000),
  text: z.string().max(100_000).optional(),
  iteration: z.number().int().positive().optional(),
});
export type VerbRequest = z.infer<typeof VerbRequest>;

/** Carries out a verb and returns one line that says what came of it. Throws `UsageError` with one that says why not. */
export type Verb = (client: Client, request: VerbRequest) => Promise<string>;

/** The verbs that the page has buttons for, by name. */
export const verbs: Readonly<Record<string, Verb>> = { cancel };

async function cancel(client: Client, { agentId }: VerbRequest): Promise<string> {
  const handle = client.workflow.getHandle(agentId);
  try {
    const { status, taskQueue } = await handle.describe();
    if (status.name !== 'RUNNING') throw new UsageError(`${agentId} has ended already (${status.name.toLowerCase()})`);
    await handle.cancel();
    const workers = await liveWorkers(client, taskQueue);
    if (workers.length > 0) return `${agentId} is being cancelled`;
    return `${agentId} is cancelled as soon as a worker serves it: start one with "rlm worker"`;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new UsageError(`there is no agent ${agentId} in progress`);
    throw error;
  }
}
