import { Context } from '@temporalio/activity';
import { type SweepReport, sweep } from '../sweeper/sweep.ts';
import { activity } from './activity-scope.ts';
import type { Dependencies } from './dependencies.ts';

/** Deletes the sandboxes whose agents are gone; what cannot be deleted is in the report. */
export function sweepSandboxesActivity({ provider }: Dependencies) {
  return activity(
    (_: Record<string, never>, signal): Promise<SweepReport> =>
      sweep(provider, { client: Context.current().client, signal }),
  );
}
