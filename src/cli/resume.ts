import type { Command } from 'commander';
import { say } from './output.ts';
import { type SettingsOptions, withSettings } from './settings-options.ts';
import { steerAgent } from './steer-agent.ts';

/** `rlm resume`. */
export function defineResume(program: Command, end: (code: number) => void): void {
  const command = program
    .command('resume')
    .description('let an agent go on that was paused')
    .argument('<agent>', 'the id of a run, or of an agent such as RUN/3.1');
  withSettings(command).action(async (agentId: string, options: SettingsOptions) => {
    await steerAgent(agentId, options, (agent) => agent.resume());
    say(`${agentId} goes on`);
    end(0);
  });
}
