import type { Command } from 'commander';
import { say } from './output.ts';
import { type SettingsOptions, withSettings } from './settings-options.ts';
import { steerAgent } from './steer-agent.ts';

/** `rlm retry`. */
export function defineRetry(program: Command, end: (code: number) => void): void {
  const command = program
    .command('retry')
    .description('end a sub-agent that runs, and start it afresh; its parent gets the new answer')
    .argument('<agent>', 'the id of an agent such as RUN/3.1');
  withSettings(command).action(async (agentId: string, options: SettingsOptions) => {
    await steerAgent(agentId, options, (agent) => agent.retry());
    say(`${agentId} is started afresh`);
    end(0);
  });
}
