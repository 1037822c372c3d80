import { join } from 'node:path';
import { folderBytes } from '../test/support/folder-bytes.ts';
import { bytesAround, type HistoryBytes, historyBytes } from '../test/support/history-bytes.ts';
import type { Measure } from './measures.ts';
import { printing } from './scripts.ts';
import type { BenchWorld } from './world.ts';

const iterations = 210;

/** What a long run with large outputs and a large input leaves in Temporal. */
export const historyMeasures: Measure[] = [
  ...[20, 200].map(
    (at): Measure => ({
      name: `history of the iteration around number ${at}, of ${iterations}, 10,000 characters printed, 5 MB input`,
      unit: 'KB',
      target: 10,
      runs: 1,
      sample: async (world) => bytesAround(await measure(world), at) / 1_000,
    }),
  ),
  ...[20, iterations].map(
    (count): Measure => ({
      name: `artifacts of an iteration, of ${count} such iterations`,
      unit: 'KB',
      target: 60,
      runs: 1,
      sample: async (world) => {
        const artifacts = join(world.directory, 'artifacts');
        const before = folderBytes(artifacts);
        await measure(world, count);
        return (folderBytes(artifacts) - before) / count / 1_000;
      },
    }),
  ),
  {
    name: `whole history of the longest execution, of ${iterations} such iterations`,
    unit: 'MB',
    target: 4,
    runs: 1,
    sample: async (world) => Math.max(...(await measure(world)).executions) / 1_000_000,
  },
];

async function measure(world: BenchWorld, count = iterations): Promise<HistoryBytes> {
  const run = await world.run(printing(count), 'text: str -> answer: str', {
    inputs: { text: 'five megabytes '.repeat(350_000) },
    limits: { maxIterations: count + 10, maxCompactions: 100 },
  });
  return historyBytes(world.client, run.runId);
}
