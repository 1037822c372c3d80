import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { BrokerClient } from '../../src/repl/broker-client.ts';
import type {
  AnswerItem,
  BrokerEvent,
  CallEvent,
  EndedEvent,
  StartKernel,
  SubmitEvent,
} from '../../src/repl/protocol.ts';
import { createDaytonaProvider } from '../../src/sandbox/daytona.ts';
import { createLocalProvider, type LocalProviderOptions } from '../../src/sandbox/local.ts';
import type { SandboxProvider, SandboxReference } from '../../src/sandbox/provider.ts';
import { startDaytonaStandIn } from './daytona/stand-in.ts';
import { daytonaSettings } from './daytona-settings.ts';

/** What the host does with a call or a submission. Undefined: nothing, for now. */
export type Host = (event: CallEvent | SubmitEvent) => AnswerItem[] | undefined | Promise<AnswerItem[] | undefined>;

/** What a test knows of a cell that ended. */
export interface RanCell {
  ended: EndedEvent;
  calls: CallEvent[];
  submissions: SubmitEvent[];
  events: BrokerEvent[];
}

export const oneOutput: StartKernel['outputs'] = [{ name: 'answer', pythonType: 'str', required: true }];

/** Answers every prompt with itself in capitals, and accepts every submission. */
export const shout: Host = (event) => {
  if (event.type === 'submit') return [{ index: 0, value: true }];
  const { prompts } = event.arguments as { prompts: string[] };
  return prompts.map((prompt, index) => ({ index, value: prompt.toUpperCase() }));
};

/** Accepts submissions, and leaves calls open. */
export const silent: Host = (event) => (event.type === 'submit' ? [{ index: 0, value: true }] : undefined);

/** A sandbox with a kernel in it, as the tests of a file share or make them. */
export class SandboxRepl {
  readonly broker: BrokerClient;
  readonly reference: SandboxReference;
  readonly start: StartKernel;
  kernelId = '';
  private count = 0;

  constructor(broker: BrokerClient, reference: SandboxReference, start: StartKernel) {
    this.broker = broker;
    this.reference = reference;
    this.start = start;
  }

  /** Starts a kernel, also in place of one that died. */
  async startKernel(): Promise<this> {
    ({ kernelId: this.kernelId } = await this.broker.startKernel(this.start));
    return this;
  }

  async begin(
    code: string,
    { timeoutMs = 20_000, cellId = `${++this.count}` } = {},
  ): Promise<{ cellId: string; after: number }> {
    const { after } = await this.broker.startCell({ cellId, kernelId: this.kernelId, code, timeoutMs });
    return { cellId, after };
  }

  /** Runs a cell to its end. */
  async run(code: string, options: { host?: Host; timeoutMs?: number; cellId?: string } = {}): Promise<RanCell> {
    return this.follow(await this.begin(code, options), options.host ?? shout);
  }

  /** What a cell printed. Fails when it did not end well. */
  async print(code: string, host: Host = shout): Promise<string> {
    const { ended } = await this.run(code, { host });
    if (ended.status !== 'ok') throw new Error(`${ended.status}: ${ended.error?.traceback ?? ended.note}`);
    return ended.stdout.head;
  }

  /** Answers a cell's calls until it ends. */
  async follow({ cellId, after }: { cellId: string; after: number }, host: Host): Promise<RanCell> {
    const calls: CallEvent[] = [];
    const submissions: SubmitEvent[] = [];
    const events: BrokerEvent[] = [];
    const answering: Promise<unknown>[] = [];
    for (let cursor = after; ; ) {
      const batch = await this.broker.events({ after: cursor, waitMs: 20_000 });
      cursor = batch.cursor;
      for (const event of batch.events.filter((candidate) => candidate.cellId === cellId)) {
        events.push(event);
        if (event.type === 'call') calls.push(event);
        if (event.type === 'submit') submissions.push(event);
        if (event.type === 'call' || event.type === 'submit') answering.push(this.answer(event, host));
        if (event.type === 'ended') {
          await Promise.all(answering);
          return { ended: event, calls, submissions, events };
        }
      }
    }
  }

  private async answer(event: CallEvent | SubmitEvent, host: Host): Promise<void> {
    const items = await host(event);
    if (items) await this.broker.answer({ kernelId: this.kernelId, callId: event.callId, items });
  }
}

/** Which provider the tests of the REPL use: `daytona` is a stand-in of the service. */
export const testedProvider = process.env.RLM_TEST_PROVIDER === 'daytona' ? 'daytona' : 'local';

/** A provider with sandboxes of its own, for the tests of one file. The limits are those of local ones. */
export function useSandboxes(limits: LocalProviderOptions['limits'] = {}) {
  let dataDirectory = '';
  let provider: SandboxProvider;
  let count = 0;
  const resources = new AsyncDisposableStack();
  beforeAll(async () => {
    dataDirectory = mkdtempSync(join(tmpdir(), 'rlm-test-'));
    if (testedProvider === 'local') provider = createLocalProvider({ dataDirectory, limits });
    else {
      const { apiKey, apiUrl } = resources.use(await startDaytonaStandIn());
      provider = createDaytonaProvider({ settings: daytonaSettings({ apiKey, apiUrl }), namespace: 'test' });
    }
    resources.use(provider);
  });
  afterAll(async () => {
    for (const { id } of await provider.list()) await provider.delete({ provider: provider.name, id, host: null });
    await resources.disposeAsync();
    rmSync(dataDirectory, { recursive: true });
  });
  return {
    provider: () => provider,
    dataDirectory: () => dataDirectory,
    /** A fresh sandbox with a running kernel. */
    async open(start: Partial<StartKernel> = {}, inputs: Record<string, unknown> = {}): Promise<SandboxRepl> {
      const reference = await provider.create({ id: `test/${++count}`, labels: { 'rlm.run': 'test' } });
      const broker = new BrokerClient(await provider.connect(reference));
      for (const [name, value] of Object.entries(inputs))
        await broker.putInput(name, Buffer.from(JSON.stringify(value)));
      const defaults = { outputs: oneOutput, tools: [], subAgents: true, queries: true, seed: 7 };
      return new SandboxRepl(broker, reference, { ...defaults, inputs: Object.keys(inputs), ...start }).startKernel();
    },
  };
}
