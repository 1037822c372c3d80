import type { Command } from 'commander';
import { planFork } from '../client/fork-agent.ts';
import { UsageError } from '../errors.ts';
import { type ForkCommandOptions, launchFork, withForkOptions } from './launch-fork.ts';

interface Options extends ForkCommandOptions {
  at?: string;
}

/** `rlm fork`: a new run that begins after an iteration of an agent. */
export function defineFork(program: Command, end: (code: number) => void): void {
  const command = program
    .command('fork')
    .description('start a run that begins after an iteration of an agent, with the same conversation and variables')
    .argument('<agent>', 'the id of a run, or of an agent such as RUN/3.1')
    .option('--at <iteration>', 'the last iteration that is taken over (default: the last that has ended)');
  withForkOptions(command).action(async (agentId: string, { at, ...options }: Options) => {
    const after = at === undefined ? undefined : iterationOf(at);
    end(await launchFork(agentId, options, (client, settings) => planFork(client, settings, agentId, after)));
  });
}

function iterationOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(`--at is "${text}"; it must be the number of an iteration, or 0`);
}
