import type { Command } from 'commander';
import { say } from './output.ts';
import { type SettingsOptions, withSettings } from './settings-options.ts';
import { steerAgent } from './steer-agent.ts';

/** `rlm pause`. */
export function definePause(program: Command, end: (code: number) => void): void {
  const command = program
    .command('pause')
    .description('let no model call of an agent start, nor of any below it, until it is resumed')
    .argument('<agent>', 'the id of a run, or of an agent such as RUN/3.1');
  withSettings(command).action(async (agentId: string, options: SettingsOptions) => {
    await steerAgent(agentId, options, (agent) => agent.pause());
    say(`${agentId} is paused: what is under way may finish; go on with "rlm resume ${agentId}"`);
    end(0);
  });
}
