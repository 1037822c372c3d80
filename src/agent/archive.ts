import { z } from 'zod';
import { ArtifactReference } from '../artifacts/store.ts';
import { StoredValue } from '../artifacts/stored-value.ts';
import { IterationRecord } from './cell.ts';
import { Delivered } from './delivered.ts';

/** What an agent remembers of its iterations: all that its results and the rebuilding of its kernel need. */
export const Archive = z.object({
  iterations: z.array(IterationRecord),
  /** The code of each cell, by iteration. */
  codes: z.array(z.tuple([z.number().int().positive(), StoredValue])),
  /** The answers that the workflow gave, by call. */
  delivered: z.array(z.tuple([z.string(), Delivered])),
});
export type Archive = z.infer<typeof Archive>;

/** What one execution of an agent's workflow put aside before the next went on in its place. */
export const Chapter = Archive.extend({ previous: ArtifactReference.nullable() });
export type Chapter = z.infer<typeof Chapter>;

/** Joins what was remembered earlier with what came after: an iteration may have been cut in two, within its cell. */
export function joinArchives(earlier: Archive, later: Archive): Archive {
  const last = earlier.iterations.at(-1);
  const [first, ...rest] = later.iterations;
  const iterations =
    last && first && last.index === first.index
      ? [...earlier.iterations.slice(0, -1), joinIteration(last, first), ...rest]
      : [...earlier.iterations, ...later.iterations];
  return {
    iterations,
    codes: [...earlier.codes, ...later.codes],
    delivered: [...earlier.delivered, ...later.delivered],
  };
}

function joinIteration(
  earlier: IterationRecord,
  { earlierCalls: _joined, ...later }: IterationRecord,
): IterationRecord {
  return { ...later, calls: [...earlier.calls, ...later.calls] };
}
