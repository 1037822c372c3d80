/**
 * Kills workers, sandboxes, kernels, the Temporal server and the model's server at moments that a seed decides, and checks
 * after each run that nothing was lost:
 *
 *     npm run chaos -- [--runs 100] [--seed 1] [--beside 2] [--hit "worker killed,sandbox killed"]
 *
 * Run number N has the seed SEED + N - 1.
 */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { RunReport } from './disturbed-run.ts';
import { Lane } from './lane.ts';
import { makePlan, nothing, strikeKinds } from './plan.ts';
import { describeFigures, describeRun } from './report.ts';
import { bundleWorkflows } from './workflow-bundle.ts';

const Options = z.object({
  runs: z.coerce.number().int().positive().default(100),
  seed: z.coerce.number().int().nonnegative().default(1),
  beside: z.coerce.number().int().positive().default(2),
  hit: z
    .string()
    .transform((kinds) => kinds.split(','))
    .pipe(z.array(z.enum(strikeKinds)))
    .default([...strikeKinds]),
});

const options = readOptions();
if (options) await main(options);

function readOptions(): z.infer<typeof Options> | null {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({ options: { runs: text, seed: text, beside: text, hit: text } });
    return Options.parse(values);
  } catch (error) {
    const reason =
      error instanceof z.ZodError ? z.prettifyError(error).replaceAll('\n', ' ') : (error as Error).message;
    console.error(`chaos: ${reason}`);
    process.exitCode = 2;
    return null;
  }
}

async function main({ runs, seed, beside, hit }: z.infer<typeof Options>): Promise<void> {
  await using bundle = await bundleWorkflows();
  await using lanes = new AsyncDisposableStack();
  const breakOff = () => void lanes.disposeAsync().finally(() => process.exit(130));
  process.once('SIGINT', breakOff).once('SIGTERM', breakOff);
  const startedAt = Date.now();
  const newLane = () => lanes.use(new Lane(bundle.path));
  const first = newLane();
  const undisturbed = await first.run(nothing, null);
  console.log(`undisturbed: ${describeRun(undisturbed)}`);
  if (undisturbed.problems.length > 0) {
    process.exitCode = 1;
    return;
  }
  const seeds = Array.from({ length: runs }, (_, index) => seed + index);
  const plans = seeds.map((each) => makePlan(each, undisturbed.moments, hit));
  const reports: RunReport[] = [];
  const work = async (lane: Lane, number: number) => {
    // Another kind of plan takes another world, so that each lane keeps to one for as long as it can.
    let continues = number % 2 === 1;
    for (;;) {
      const index = plans.findIndex((plan) => plan.continues === continues);
      const [plan] = plans.splice(Math.max(0, index), 1);
      if (!plan) return;
      continues = plan.continues;
      const report = await lane.run(plan, undisturbed.answer);
      reports.push(report);
      console.log(describeRun(report));
      if (report.problems.length > 0) console.log(`  again: npm run chaos -- --runs 1 --seed ${plan.seed}`);
    }
  };
  const others = Array.from({ length: Math.min(beside, runs) - 1 }, newLane);
  await Promise.all([first, ...others].map(work));
  console.log(describeFigures(reports, Date.now() - startedAt).join('\n'));
  if (reports.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
}
