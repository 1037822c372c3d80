import type { Command } from 'commander';
import { say } from './output.ts';
import { type SettingsOptions, withSettings } from './settings-options.ts';
import { steerAgent } from './steer-agent.ts';

/** `rlm tell`: a note that the model reads before its next reply. */
export function defineTell(program: Command, end: (code: number) => void): void {
  const command = program
    .command('tell')
    .description("tell an agent's model something, which it reads before its next reply")
    .argument('<agent>', 'the id of a run, or of an agent such as RUN/3.1')
    .argument('<text>', 'what the model should know');
  withSettings(command).action(async (agentId: string, text: string, options: SettingsOptions) => {
    await steerAgent(agentId, options, (agent) => agent.tell(text));
    say(`${agentId} reads it before its next reply`);
    end(0);
  });
}
