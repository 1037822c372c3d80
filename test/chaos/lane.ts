import { disturbedRun, type RunReport } from './disturbed-run.ts';
import type { Plan } from './plan.ts';
import { ChaosWorld } from './world.ts';

/**
 * Runs one plan after another in one world. After a run that failed the world is left as it was, and a new one is made; so
 * it is for a plan that needs another one.
 */
export class Lane implements AsyncDisposable {
  private readonly workflowBundlePath: string;
  private world: ChaosWorld | null = null;
  private continues = false;

  constructor(workflowBundlePath: string) {
    this.workflowBundlePath = workflowBundlePath;
  }

  async run(plan: Plan, expected: string | null): Promise<RunReport> {
    const { workflowBundlePath } = this;
    const { continues } = plan;
    if (this.continues !== continues) await this[Symbol.asyncDispose]();
    this.continues = continues;
    this.world ??= await ChaosWorld.start({ workflowBundlePath, continues });
    const { world } = this;
    const report = await disturbedRun(world, plan, expected);
    if (report.problems.length > 0) {
      world.keepsDirectory = true;
      report.problems.push(`kept with its histories: ${world.directory}`);
      await this[Symbol.asyncDispose]();
    }
    return report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { world } = this;
    this.world = null;
    await world?.[Symbol.asyncDispose]();
  }
}
