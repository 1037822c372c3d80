import type { Command } from 'commander';
import { parentOf } from '../agent/names.ts';
import { AgentHandle } from '../client/agent-handle.ts';
import { planRetry } from '../client/fork-agent.ts';
import { connectWithNotices } from './connect-with-notices.ts';
import { describeAgent } from './describe-agent.ts';
import { type ForkCommandOptions, launchFork, withForkOptions } from './launch-fork.ts';
import { say } from './output.ts';
import { settingsOf } from './settings-options.ts';

/** `rlm retry`: a sub-agent that runs is started afresh; for one that has ended, its parent is forked. */
export function defineRetry(program: Command, end: (code: number) => void): void {
  const command = program
    .command('retry')
    .description(
      'start a sub-agent afresh that runs, so that its parent gets the new answer; for one that has ended, start a run that forks its parent and does that task anew',
    )
    .argument('<agent>', 'the id of a sub-agent, such as RUN/3.1');
  withForkOptions(command).action(async (agentId: string, options: ForkCommandOptions) => {
    if (await retryLive(agentId, options)) {
      say(`${agentId} is started afresh`);
      end(0);
      return;
    }
    end(
      await launchFork(parentOf(agentId) ?? agentId, options, (client, settings) =>
        planRetry(client, settings, agentId),
      ),
    );
  });
}

async function retryLive(agentId: string, options: ForkCommandOptions): Promise<boolean> {
  await using connection = await connectWithNotices(settingsOf(options), options);
  const description = await describeAgent(connection, agentId);
  if (description?.status.name !== 'RUNNING') return false;
  await new AgentHandle(connection.client, agentId).retry();
  return true;
}
