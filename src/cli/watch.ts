import type { Command } from 'commander';
import type { KnownRunOptions } from './attend-known-run.ts';
import { withSettings } from './settings-options.ts';
import { withResult } from './show-result.ts';

/** `rlm watch`: shows a run from its start to its end, then its result. */
export function defineWatch(program: Command, end: (code: number) => void): void {
  const command = program
    .command('watch')
    .description('show a run from its start to its end, then its result')
    .argument('<run>', 'the id of the run')
    .option('--agents <file>', 'a module with the agents of the run, where it has tools');
  withResult(withSettings(command)).action(async (runId: string, options: KnownRunOptions) => {
    const { attendKnownRun } = await import('./attend-known-run.ts');
    end(await attendKnownRun(runId, options, { story: true, unasked: 'cancel' }));
  });
}
