import type { Command } from 'commander';
import type { KnownRunOptions } from './attend-known-run.ts';
import { withSettings } from './settings-options.ts';
import { withResult } from './show-result.ts';

/** `rlm result`: the result of a run, for which one that was cut off is finished. */
export function defineResult(program: Command, end: (code: number) => void): void {
  const command = program
    .command('result')
    .description('print the result of a run; one that was cut off is finished first')
    .argument('<run>', 'the id of the run')
    .option('--agents <file>', 'a module with the agents of the run, where it has tools');
  withResult(withSettings(command)).action(async (runId: string, options: KnownRunOptions) => {
    const { attendKnownRun } = await import('./attend-known-run.ts');
    end(await attendKnownRun(runId, options, { story: false, unasked: 'leave' }));
  });
}
