import type { Settings } from '../config/settings.ts';
import { BrokerClient } from '../repl/broker-client.ts';
import type { SandboxProvider } from '../sandbox/provider.ts';

/** What a cell that runs has shown since the cursor before. */
export interface LiveOutput {
  parts: { stream: 'stdout' | 'stderr'; text: string }[];
  cursor: number;
}

/**
 * Reads what cells that still run have shown, from the brokers in their sandboxes: a history has it at the cell's end
 * only. Events are read by cursor and stay where they are, so nobody else misses any.
 */
export class LiveOutputReader implements AsyncDisposable {
  private readonly settings: Settings;
  private provider: Promise<SandboxProvider> | null = null;
  private readonly brokers = new Map<string, BrokerClient>();

  constructor(settings: Settings) {
    this.settings = settings;
  }

  /** Null where this host does not reach the sandbox, or it is gone. */
  async read(sandboxId: string, cellId: string, after: number): Promise<LiveOutput | null> {
    try {
      const broker = await this.broker(sandboxId);
      const { events, cursor } = await broker.events({ after, waitMs: 0, signal: AbortSignal.timeout(2_000) });
      const parts = events.flatMap((event) =>
        event.type === 'output' && event.cellId === cellId ? [{ stream: event.stream, text: event.text }] : [],
      );
      return { parts, cursor };
    } catch {
      // The whole output is there at the cell's end; whether the sandbox is well is its worker's business.
      this.brokers.delete(sandboxId);
      return null;
    }
  }

  private async broker(sandboxId: string): Promise<BrokerClient> {
    const known = this.brokers.get(sandboxId);
    if (known) return known;
    this.provider ??= import('../sandbox/create-provider.ts').then((module) => module.createProvider(this.settings));
    const provider = await this.provider;
    const reference = { provider: provider.name, id: sandboxId, host: provider.host };
    const broker = new BrokerClient(await provider.connect(reference));
    this.brokers.set(sandboxId, broker);
    return broker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const provider = await this.provider?.catch(() => null);
    await provider?.[Symbol.asyncDispose]();
  }
}
