import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { coldRun } from './cold-run.ts';
import { historyMeasures } from './history-measures.ts';
import { type Measure, measures, median } from './measures.ts';
import { type Figure, table } from './report.ts';
import { repositoryMeasures, repositoryMemory } from './repository-measures.ts';
import { takeoverMeasures } from './takeover.ts';
import { viewerMeasures } from './viewer-measures.ts';
import { startBenchWorld } from './world.ts';

const { values } = parseArgs({ options: { only: { type: 'string' }, runs: { type: 'string' } } });
const chosen = [
  repositoryMemory,
  ...measures,
  ...historyMeasures,
  ...repositoryMeasures,
  ...takeoverMeasures,
  ...viewerMeasures,
  coldRun,
].filter(({ name }) => !values.only || name.startsWith(values.only));

await using world = await startBenchWorld();
const figures: Figure[] = [];
for (const measure of chosen) figures.push(await take(measure));
console.log(table(figures));
await mkdir('bench/results', { recursive: true });
const file = `bench/results/${new Date().toISOString().replaceAll(':', '')}.json`;
await writeFile(file, JSON.stringify({ cpus: cpus().length, node: process.version, figures }, null, 2));
console.log(`${cpus().length} cores, Node ${process.version}, scripted model; written to ${file}`);

async function take({ name, unit, target, runs, sample }: Measure): Promise<Figure> {
  await sample(world);
  const samples: number[] = [];
  for (let run = 0; run < Number(values.runs ?? runs); run += 1) samples.push(await sample(world));
  process.stderr.write(`${name}: ${median(samples).toFixed(2)} ${unit}\n`);
  return { name, unit, target, median: median(samples), min: Math.min(...samples), max: Math.max(...samples) };
}
