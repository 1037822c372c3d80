import type { RunDocument } from '../src/index.ts';
import { batch, iterations, largeInput, sequential, subAgents } from './scripts.ts';
import type { BenchWorld } from './world.ts';

/** One figure: what it is, what it should be at most, and how one sample of it is taken. */
export interface Measure {
  name: string;
  unit: 'ms' | 's' | 'MB' | 'KB';
  target: number;
  runs: number;
  sample(world: BenchWorld): Promise<number>;
}

const answer = '-> answer: str';

export const measures: Measure[] = [
  {
    name: 'iteration (model call and cell), of 50',
    unit: 'ms',
    target: 25,
    runs: 5,
    sample: async (world) => median(gaps(await world.run(iterations(50), answer, { limits: { maxIterations: 60 } }))),
  },
  ...[20, 200].map(
    (at): Measure => ({
      name: `iteration around number ${at}, of 210`,
      unit: 'ms',
      target: 25,
      runs: 2,
      sample: async (world) => {
        const all = gaps(await world.run(iterations(210), answer, { limits: { maxIterations: 250 } }));
        return median(all.slice(at - 10, at + 10));
      },
    }),
  ),
  {
    name: 'one llm_query of 100 in sequence',
    unit: 'ms',
    target: 15,
    runs: 5,
    sample: async (world) => submitted(await world.run(sequential(100), answer)),
  },
  {
    name: 'llm_query_batched, 200 prompts at 200 ms',
    unit: 's',
    target: 0.8,
    runs: 5,
    sample: async (world) => submitted(await world.run(batch(200), answer, { latencyMs: 200 })),
  },
  {
    name: 'llm_query_batched, 1,000 prompts at 0 ms',
    unit: 's',
    target: 1,
    runs: 5,
    sample: async (world) => submitted(await world.run(batch(1_000), answer, { limits: { maxLlmCalls: 2_000 } })),
  },
  {
    name: '20 parallel sub-agents of 2 iterations',
    unit: 's',
    target: 2.5,
    runs: 5,
    sample: async (world) => submitted(await world.run(subAgents(20), answer)),
  },
  {
    name: '50 MB input ready for the first model request',
    unit: 's',
    target: 3,
    runs: 3,
    sample: async (world) => {
      const text = 'abcdefghi\n'.repeat(5_000_000);
      const startedAt = Date.now();
      const { root } = await world.run(largeInput, 'text: str -> length: str', { inputs: { text } });
      const first = root.iterations[0];
      if (!first) throw new Error('the run had no iteration');
      return (Date.parse(first.startedAt) - startedAt) / 1_000;
    },
  },
];

/** Milliseconds from each iteration's start to the next one's. */
export function gaps({ root }: RunDocument): number[] {
  const starts = root.iterations.map((iteration) => Date.parse(iteration.startedAt));
  return starts.slice(1).map((start, index) => start - (starts[index] ?? start));
}

/** What the cell measured inside the sandbox. */
function submitted({ output }: RunDocument): number {
  return Number(output?.answer);
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
