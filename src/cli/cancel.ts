import { WorkflowNotFoundError } from '@temporalio/client';
import type { Command } from 'commander';
import { attemptOf } from '../client/attempt-of.ts';
import { UsageError } from '../errors.ts';
import { connectWithNotices } from './connect-with-notices.ts';
import { describeAgent } from './describe-agent.ts';
import { loadAgents } from './load-agents.ts';
import { noticeTeller, say } from './output.ts';
import { Serving } from './serving.ts';
import { type SettingsOptions, settingsOf, withSettings } from './settings-options.ts';

interface CancelOptions extends SettingsOptions {
  agents?: string;
}

/** `rlm cancel`: ends an agent and everything below it. */
export function defineCancel(program: Command, end: (code: number) => void): void {
  const command = program
    .command('cancel')
    .description('cancel a run, or one agent of it and everything below')
    .argument('<agent>', 'the id of a run, or of an agent such as RUN/3.1')
    .option('--agents <file>', 'a module with the agents of the run, where it has tools');
  withSettings(command).action(async (agentId: string, options: CancelOptions) => {
    await cancel(agentId, options);
    end(0);
  });
}

async function cancel(agentId: string, options: CancelOptions): Promise<void> {
  const settings = settingsOf(options);
  const agents = await loadAgents(options.agents);
  await using connection = await connectWithNotices(settings);
  const description = await describeAgent(connection, agentId);
  if (description === null) throw new UsageError(`there is no agent ${agentId}; "rlm list" shows the runs`);
  const status = description.status.name;
  if (status !== 'RUNNING') throw new UsageError(`${agentId} has ended already (${status.toLowerCase()})`);
  // Without a worker nobody would clean up.
  await using serving = new Serving(connection, description.taskQueue, agents, noticeTeller({}));
  await serving.startWhereMissing();
  const handle = attemptOf(connection.client, description);
  try {
    await handle.cancel();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new UsageError(`${agentId} has ended already`);
    throw error;
  }
  // It rejects as every cancelled one does; how it ended is asked below.
  await Promise.race([handle.result().catch(() => {}), serving.failed]);
  const { name } = (await handle.describe()).status;
  say(name === 'CANCELLED' ? `${agentId} was cancelled` : `${agentId} ended before that (${name.toLowerCase()})`);
}
