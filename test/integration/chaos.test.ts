import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { RunReport } from '../chaos/disturbed-run.ts';
import { Lane } from '../chaos/lane.ts';
import { makePlan, nothing, type StrikeKind } from '../chaos/plan.ts';

/** Those that take the least time. `npm run chaos` has more. */
const kinds: StrikeKind[] = ['worker killed', 'sandbox killed', 'kernel killed', 'Temporal killed', 'model killed'];

/** Chosen so that each kind is hit. Those of the second row continue as new. */
const seeds = [
  [37, 55],
  [34, 10],
];

let lanes: Lane[];
let undisturbed: RunReport;
beforeAll(async () => {
  lanes = seeds.map(() => new Lane(inject('workflowBundlePath')));
  undisturbed = (await lanes[0]?.run(nothing, null)) as RunReport;
}, 120_000);
afterAll(async () => {
  for (const lane of lanes) await lane[Symbol.asyncDispose]();
});

it('a run that nothing happens to asks every prompt once and leaves nothing behind', () => {
  // The recovery is of the Python process that the workload ends by itself.
  expect(undisturbed).toMatchObject({ problems: [], askedTwice: 0, recoveries: 1, moments: { sandboxes: 7 } });
});

it('runs in which everything is killed once have the same answer, pay for nothing twice, leave nothing behind, and replay', {
  timeout: 240_000,
}, async () => {
  const reports: RunReport[] = [];
  const runAll = async (lane: Lane, row: number) => {
    for (const seed of seeds[row] ?? []) {
      reports.push(await lane.run(makePlan(seed, undisturbed.moments, kinds), undisturbed.answer));
    }
  };
  await Promise.all(lanes.map(runAll));
  for (const { plan, problems } of reports)
    expect({ seed: plan.seed, problems }).toEqual({ seed: plan.seed, problems: [] });
  const hit = reports.flatMap(({ struck }) => struck).filter(({ victim }) => victim !== null);
  expect(new Set(hit.map(({ kind }) => kind))).toEqual(new Set(kinds));
  // A root, three sub-agents, and one of each; and further executions where they continued as new.
  expect(reports.map(({ plan, histories }) => histories > 7 || !plan.continues)).toEqual(reports.map(() => true));
});
