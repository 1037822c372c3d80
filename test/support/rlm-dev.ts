import { expect } from 'vitest';
import { RlmFolder, type RunningCommand } from './rlm-command.ts';

/** A folder beside which `rlm dev` serves, until Ctrl-C ends it. */
export class RlmDev implements AsyncDisposable {
  readonly folder: RlmFolder;
  private readonly running: RunningCommand;

  private constructor(folder: RlmFolder, running: RunningCommand) {
    this.folder = folder;
    this.running = running;
  }

  /** Resolves when a worker serves. */
  static async start(): Promise<RlmDev> {
    const folder = await RlmFolder.make();
    const running = folder.start(['dev']);
    await running.said('a worker serves');
    return new RlmDev(folder, running);
  }

  /** Fails the test where it does not end well, or leaves something running. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.running.child.kill('SIGINT');
    expect(await this.running.ended).toMatchObject({ code: 0 });
    await this.folder.becomesQuiet();
    await this.folder[Symbol.asyncDispose]();
  }
}
