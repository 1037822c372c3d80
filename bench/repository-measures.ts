import { join } from 'node:path';
import type { Measure } from './measures.ts';
import { measureClone, repositoryTree } from './scripts.ts';
import { makeSourceRepository, type SourceRepository } from './source-repository.ts';
import type { BenchWorld } from './world.ts';

const tree = { count: 25, deeper: 15 };
const small: SourceRepository = { files: 200, bytesPerFile: 10_000 };
const large: SourceRepository = { files: 1_800, bytesPerFile: 16_700 };

export const repositoryMeasures: Measure[] = [
  {
    name: 'tree of 40 agents on a repository (25 + 15)',
    unit: 's',
    target: 10,
    runs: 5,
    sample: async (world) => (await runTree(world)).seconds,
  },
  {
    name: 'clone of a 30 MB work tree',
    unit: 's',
    target: 1.5,
    runs: 5,
    sample: async (world) => {
      const repository = await repositoryOf(world, 'large', large);
      const { runId, output } = await world.run(measureClone, '-> answer: str', { workspace: { repository } });
      const expected = `${large.files} files, ${large.files * large.bytesPerFile} bytes`;
      if (output?.answer !== expected) throw new Error(`the clone has ${output?.answer}, not ${expected}`);
      return opening(world, runId);
    },
  },
];

/** To be taken before all others, which leave the process with more memory than a worker has. */
export const repositoryMemory: Measure = {
  name: "tree of 40 agents, peak memory of the worker's process",
  unit: 'MB',
  target: 1_000,
  runs: 3,
  sample: async (world) => (await runTree(world)).megabytes,
};

async function repositoryOf(world: BenchWorld, name: string, wanted: SourceRepository): Promise<string> {
  const directory = join(world.directory, name);
  await makeSourceRepository(directory, wanted);
  return directory;
}

/** Throws when an agent is missing, or a sandbox is left. The worker is in this process, and its memory is that of it. */
async function runTree(world: BenchWorld): Promise<{ seconds: number; megabytes: number }> {
  const repository = await repositoryOf(world, 'small', small);
  let peak = 0;
  const sampler = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  try {
    const startedAt = performance.now();
    const script = repositoryTree(tree.count, tree.deeper);
    const { usage } = await world.run(script, '-> answer: str', { workspace: { repository } });
    const seconds = (performance.now() - startedAt) / 1_000;
    const expected = 1 + tree.count + tree.deeper;
    if (usage.agents !== expected) throw new Error(`${usage.agents} agents ran, not ${expected}`);
    const left = await world.sandboxes();
    if (left.length > 0) throw new Error(`sandboxes are left: ${left.join(', ')}`);
    return { seconds, megabytes: peak / 1_000_000 };
  } finally {
    clearInterval(sampler);
  }
}

/** Seconds from asking for the root's sandbox until it was there, with its clone, as the history has them. */
async function opening(world: BenchWorld, runId: string): Promise<number> {
  const { events } = await world.client.workflow.getHandle(runId).fetchHistory();
  const scheduled = events?.find(
    ({ activityTaskScheduledEventAttributes: activity }) => activity?.activityType?.name === 'openSandbox',
  );
  const completed = events?.find(({ activityTaskCompletedEventAttributes: activity }) =>
    scheduled?.eventId?.eq(activity?.scheduledEventId ?? 0),
  );
  if (!scheduled?.eventTime || !completed?.eventTime) throw new Error(`${runId} opened no sandbox`);
  const seconds = ({ eventTime }: typeof scheduled) => Number(eventTime?.seconds) + Number(eventTime?.nanos) / 1e9;
  return seconds(completed) - seconds(scheduled);
}
