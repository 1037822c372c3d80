import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** One that ends at once must not be started without a pause. */
const restartMs = 300;

/** A process that is started again whenever it ends, as a service manager does, until it is stopped. */
export class KeptProcess implements AsyncDisposable {
  /** How often it ended though nobody had killed it. */
  endedByItself = 0;
  private readonly module: string;
  private readonly given: () => string[];
  private readonly onMessage: (message: unknown) => void;
  private child: ChildProcess | null = null;
  private ready = Promise.withResolvers<unknown>();
  private stopping = false;
  private killed = false;
  private awayMs = 0;
  private readonly kept: Promise<void>;

  /**
   * @param module Beside this one. The process says when it is ready by a first message.
   * @param given Its arguments, asked for at each start.
   * @param onMessage Told of its further messages.
   */
  constructor(module: string, given: () => string[], onMessage: (message: unknown) => void = () => {}) {
    this.module = fileURLToPath(new URL(module, import.meta.url));
    this.given = given;
    this.onMessage = onMessage;
    this.kept = this.keep();
  }

  /** Its process id, or null while there is none. */
  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** Waits until the process that is there now, or comes next, is ready; returns its first message. */
  whenReady(): Promise<unknown> {
    return this.ready.promise;
  }

  send(message: string): void {
    this.child?.send(message);
  }

  /** Kills it; the next one is started after a while. False where there is none to be killed. */
  async kill(awayMs: number): Promise<boolean> {
    const { child } = this;
    if (child === null) return false;
    this.killed = true;
    this.awayMs = awayMs;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    return true;
  }

  /** Lets it stand still for a while. */
  async freeze(ms: number): Promise<boolean> {
    const { child } = this;
    if (child === null) return false;
    child.kill('SIGSTOP');
    await setTimeout(ms);
    child.kill('SIGCONT');
    return true;
  }

  /** Asks it to end, and waits until it has. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stopping = true;
    this.child?.kill('SIGTERM');
    await this.kept;
  }

  private async keep(): Promise<void> {
    while (!this.stopping) {
      this.killed = false;
      const child = fork(this.module, this.given(), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      this.child = child;
      child.once('message', (message) => {
        this.ready.resolve(message);
        child.on('message', this.onMessage);
      });
      await once(child, 'exit');
      this.child = null;
      this.ready = Promise.withResolvers();
      if (this.stopping) return;
      if (!this.killed) this.endedByItself += 1;
      await setTimeout(this.killed ? this.awayMs : restartMs);
    }
  }
}
