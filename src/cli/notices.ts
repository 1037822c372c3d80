import { say } from './output.ts';

/** What is done sooner than this needs no words. */
const patienceMs = 1_500;

/** Tells what takes time while something is being started: nothing at first, then what it is at, then every step. */
export class Notices implements Disposable {
  private latest: string | null = null;
  private patient = true;
  private readonly timer: NodeJS.Timeout;

  constructor() {
    this.timer = setTimeout(() => {
      this.patient = false;
      if (this.latest !== null) say(`rlm: ${this.latest}`);
    }, patienceMs);
  }

  readonly tell = (message: string): void => {
    this.latest = message;
    if (!this.patient) say(`rlm: ${message}`);
  };

  [Symbol.dispose](): void {
    clearTimeout(this.timer);
  }
}
