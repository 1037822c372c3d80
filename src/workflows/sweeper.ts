import type { SweepReport } from '../sweeper/sweep.ts';
import { anywhere } from './activities.ts';

/** Deletes, once, the sandboxes that agents left behind whose cleanup never ran. Started by a schedule, or by hand. */
export async function sweeper(): Promise<SweepReport> {
  return anywhere.sweepSandboxes.executeWithOptions({ summary: 'delete the sandboxes of ended agents' }, [{}]);
}
