import { z } from 'zod';
import { taskAmong } from '../agent/task-of.ts';
import type { Signature } from '../signature/signature.ts';

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

/** The memo of a new run: its task is the first text input, before others one that is named like a task. */
export function runMemo({ inputs, text }: Signature, values: Record<string, unknown>, model: string): RunMemo {
  const input = taskAmong(inputs.filter(({ name }) => typeof values[name] === 'string'));
  const task = input === undefined ? text : String(values[input.name]);
  return { task: task.slice(0, taskCharacters), model, startedAt: Date.now() };
}
