import { SandboxElsewhere } from '../errors.ts';
import { BrokerClient } from '../repl/broker-client.ts';
import type { SandboxProvider, SandboxReference } from '../sandbox/provider.ts';

/** Clients of the brokers this worker talks to, so that connections are kept from one activity to the next. */
export class Brokers {
  private readonly provider: SandboxProvider;
  private readonly clients = new Map<string, Promise<BrokerClient>>();

  constructor(provider: SandboxProvider) {
    this.provider = provider;
  }

  /** Throws `SandboxElsewhere` where only another host reaches the sandbox, `SandboxLost` where it is gone. */
  async client(reference: SandboxReference): Promise<BrokerClient> {
    this.checkReach(reference);
    const known = this.clients.get(reference.id);
    if (known) return known;
    const connecting = this.provider.connect(reference).then((transport) => new BrokerClient(transport));
    this.clients.set(reference.id, connecting);
    // A failed connection is not kept: the next activity tries anew.
    connecting.catch(() => this.clients.delete(reference.id));
    return connecting;
  }

  /** Deletes the sandbox; one that is gone already is a success. */
  async delete(reference: SandboxReference): Promise<void> {
    this.checkReach(reference);
    this.clients.delete(reference.id);
    await this.provider.delete(reference);
  }

  private checkReach({ id, host }: SandboxReference): void {
    if (host !== null && host !== this.provider.host) throw new SandboxElsewhere(`sandbox ${id} is on another host`);
  }
}
