import type { CellEnd } from '../agent/cell.ts';
import { activity } from './activity-scope.ts';
import { storeEnd } from './cell-progress.ts';
import type { Dependencies } from './dependencies.ts';

export interface GiveUpCellInput {
  cellId: string;
  /** Why, for the model. */
  note: string;
}

const nothing = { head: '', tail: '', length: 0 };

/** Ends a cell, without a sandbox's word, that is not run again. */
export function giveUpCellActivity({ store }: Dependencies) {
  return activity(({ cellId, note }: GiveUpCellInput): Promise<CellEnd> => {
    const stopped = { stdout: nothing, stderr: nothing, error: null, durationMs: 0 };
    return storeEnd(store, { seq: 1, cellId, type: 'ended', status: 'interrupted', note, ...stopped });
  });
}
