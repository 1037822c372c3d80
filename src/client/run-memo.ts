import { z } from 'zod';

/** What Temporal's list of workflows carries of a run. */
export const RunMemo = z.object({
  /** The beginning of what it was asked. */
  task: z.string(),
  model: z.string(),
  /** When it began, in milliseconds since the epoch: Temporal knows that of its latest execution alone. */
  startedAt: z.number().optional(),
});
export type RunMemo = z.infer<typeof RunMemo>;

const taskCharacters = 200;

/** The memo of a run that begins now. */
export function runMemo(task: string, model: string): RunMemo {
  return { task: task.slice(0, taskCharacters), model, startedAt: Date.now() };
}
