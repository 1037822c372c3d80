import { condition } from '@temporalio/workflow';

/** A number of things that may be in flight at once; those that come first go first. */
export class Slots {
  private free: number;
  private readonly total: number;
  private readonly queue: object[] = [];

  constructor(total: number) {
    this.total = total;
    this.free = total;
  }

  /** Holds up to `wanted` slots (never more than there are) while the work goes on; the work is told how many. */
  async hold<T>(wanted: number, work: (held: number) => Promise<T>): Promise<T> {
    const held = Math.min(wanted, this.total);
    if (this.queue.length > 0 || this.free < held) await this.wait(held);
    this.free -= held;
    try {
      return await work(held);
    } finally {
      this.free += held;
    }
  }

  private async wait(held: number): Promise<void> {
    const ticket = {};
    this.queue.push(ticket);
    try {
      await condition(() => this.queue[0] === ticket && this.free >= held);
    } finally {
      this.queue.splice(this.queue.indexOf(ticket), 1);
    }
  }
}
