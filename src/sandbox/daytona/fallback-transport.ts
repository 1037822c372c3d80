import type { BrokerRequest, BrokerTransport } from '../provider.ts';
import { type PreviewReach, PreviewUnreachable } from './preview-reach.ts';

/** Takes the first transport until it turns out that it leads nowhere from here, and then the second for good. */
export class FallbackTransport implements BrokerTransport {
  readonly largestBody: number;
  private readonly preview: BrokerTransport;
  private readonly other: BrokerTransport;
  private readonly reach: PreviewReach;

  constructor(preview: BrokerTransport & { largestBody: number }, other: BrokerTransport, reach: PreviewReach) {
    this.preview = preview;
    this.other = other;
    this.reach = reach;
    this.largestBody = preview.largestBody;
  }

  async request(request: BrokerRequest): Promise<{ status: number; body: unknown }> {
    if (this.reach.isReachable) {
      try {
        return await this.preview.request(request);
      } catch (error) {
        if (!(error instanceof PreviewUnreachable)) throw error;
        this.reach.giveUp(error);
      }
    }
    return this.other.request(request);
  }
}
