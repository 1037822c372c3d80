import { BrokerClient } from '../repl/broker-client.ts';
import type { SandboxProvider, SandboxReference } from '../sandbox/provider.ts';

/** Clients of the brokers this worker talks to, so that connections are kept from one activity to the next. */
export class Brokers {
  private readonly provider: SandboxProvider;
  private readonly clients = new Map<string, Promise<BrokerClient>>();

  constructor(provider: SandboxProvider) {
    this.provider = provider;
  }

  async client(reference: SandboxReference): Promise<BrokerClient> {
    const known = this.clients.get(reference.id);
    if (known) return known;
    const connecting = this.provider.connect(reference).then((transport) => new BrokerClient(transport));
    this.clients.set(reference.id, connecting);
    // A failed connection is not kept: the next activity tries anew.
    connecting.catch(() => this.clients.delete(reference.id));
    return connecting;
  }

  forget(reference: SandboxReference): void {
    this.clients.delete(reference.id);
  }
}
