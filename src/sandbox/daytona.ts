import { createHash, createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Daytona, Sandbox } from '@daytonaio/sdk';
import type { DaytonaSettings } from '../config/settings.ts';
import { SandboxLost, SandboxRefused, SandboxUnavailable } from '../errors.ts';
import { bringObjects } from './daytona/bring-objects.ts';
import { createParameters, imageOf } from './daytona/create-parameters.ts';
import { explainError, isConflict, isNotFound } from './daytona/explain-error.ts';
import { FallbackTransport } from './daytona/fallback-transport.ts';
import { PreviewReach } from './daytona/preview-reach.ts';
import { PreviewTransport } from './daytona/preview-transport.ts';
import { ProcessTransport } from './daytona/process-transport.ts';
import { brokerPort, brokerProblem, startBroker, wasBrokerStarted } from './daytona/start-broker.ts';
import { waitForRoom } from './daytona/wait-for-room.ts';
import type {
  BrokerTransport,
  SandboxInformation,
  SandboxProvider,
  SandboxReference,
  SandboxRequest,
} from './provider.ts';

export interface DaytonaProviderOptions {
  settings: DaytonaSettings;
  /** The Temporal namespace: sandboxes of another are none of ours. */
  namespace: string;
  /** How long a limit of the organisation is waited for, in milliseconds. Default: 120,000. */
  patienceMs?: number;
}

/** A request to the service that takes longer has failed. */
const requestTimeoutMs = 60_000;

/** How long making a sandbox may take, in seconds: an image may have to be fetched first. */
const createSeconds = 600;

/** States in which a sandbox does nothing any more. */
const ended: ReadonlySet<string> = new Set(['stopped', 'archived', 'error', 'build_failed', 'destroyed']);

/** How long a broker may take to answer for the first time. */
const brokerTimeoutMs = 30_000;

const leaseSeconds = 1_800;

/** Sandboxes at Daytona. Any worker with the same key reaches them. */
export function createDaytonaProvider(options: DaytonaProviderOptions): SandboxProvider {
  if (options.settings.apiKey === null) {
    throw new SandboxRefused('Daytona sandboxes need DAYTONA_API_KEY; set it, or use RLM_SANDBOX=local');
  }
  return new DaytonaProvider(options, options.settings.apiKey);
}

class DaytonaProvider implements SandboxProvider {
  readonly name = 'daytona';
  readonly host = null;

  private readonly options: DaytonaProviderOptions;
  private readonly apiKey: string;
  private readonly reach = new PreviewReach();
  private client: Promise<Daytona> | null = null;

  constructor(options: DaytonaProviderOptions, apiKey: string) {
    this.options = options;
    this.apiKey = apiKey;
  }

  async check(): Promise<void> {
    const daytona = await this.daytona();
    try {
      for await (const _ of daytona.list({ limit: 1 })) break;
    } catch (error) {
      const explained = explainError(error, 'looking for sandboxes');
      throw explained instanceof SandboxUnavailable ? new SandboxRefused(explained.message) : explained;
    }
  }

  async create(request: SandboxRequest, signal?: AbortSignal): Promise<SandboxReference> {
    signal?.throwIfAborted();
    const { patienceMs = 120_000 } = this.options;
    const sandbox = await waitForRoom(() => this.untilAborted(this.findOrMake(request), signal), patienceMs, signal);
    const reference: SandboxReference = { provider: this.name, id: sandbox.id, host: this.host };
    try {
      signal?.throwIfAborted();
      await this.prepare(sandbox, request, signal);
      return reference;
    } catch (error) {
      const explained = explainError(error, `preparing the sandbox ${sandbox.id}`);
      // What may work the next time finds this sandbox again; what cannot leaves none behind.
      if (!(explained instanceof SandboxUnavailable)) await this.delete(reference).catch(() => {});
      throw explained;
    }
  }

  async connect({ id }: SandboxReference): Promise<BrokerTransport> {
    return this.transport(await this.running(id));
  }

  async keepAwake({ id }: SandboxReference): Promise<void> {
    const sandbox = await this.running(id);
    await sandbox.refreshActivity().catch((error: unknown) => {
      throw explainError(error, `keeping the sandbox ${id}`);
    });
  }

  async delete({ id }: SandboxReference): Promise<void> {
    const daytona = await this.daytona();
    try {
      await daytona.delete(await daytona.get(id));
    } catch (error) {
      // Its state may be changing just then.
      if (isConflict(error)) throw new SandboxUnavailable(`the sandbox ${id} cannot be deleted now`);
      if (!isNotFound(error)) throw explainError(error, `deleting the sandbox ${id}`);
    }
  }

  async list(): Promise<SandboxInformation[]> {
    const daytona = await this.daytona();
    const found: SandboxInformation[] = [];
    try {
      for await (const sandbox of daytona.list({ labels: { 'rlm.namespace': this.options.namespace } })) {
        const state = ended.has(sandbox.state ?? '') ? 'ended' : 'running';
        const createdAt = sandbox.createdAt === undefined ? new Date() : new Date(sandbox.createdAt);
        found.push({ id: sandbox.id, labels: sandbox.labels, createdAt, state });
      }
    } catch (error) {
      throw explainError(error, 'listing sandboxes');
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const client = this.client;
    this.client = null;
    if (client) await (await client)[Symbol.asyncDispose]();
  }

  private async daytona(): Promise<Daytona> {
    this.client ??= this.open();
    return this.client;
  }

  /** The SDK takes a while to load, and who uses local sandboxes never needs it. */
  private async open(): Promise<Daytona> {
    const { Daytona } = await import('@daytonaio/sdk');
    const { apiUrl, target } = this.options.settings;
    return new Daytona({
      apiKey: this.apiKey,
      apiUrl: apiUrl ?? 'https://app.daytona.io/api',
      ...(target === null ? {} : { target }),
      requestTimeoutMs,
      // Events come over a socket that keeps a process from ending; asked for, a new sandbox is seen ten times a second.
      useDeprecatedPolling: true,
    });
  }

  /** Who gives up does not wait for a sandbox that is being made, and leaves none behind when it is. */
  private async untilAborted(making: Promise<Sandbox>, signal?: AbortSignal): Promise<Sandbox> {
    if (!signal) return making;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = () => {
      // What cannot be deleted then is swept.
      making.then(({ id }) => this.delete({ provider: this.name, id, host: this.host })).catch(() => {});
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([making, aborted]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** A retried creation whose answer was lost finds what it made by its name. */
  private async findOrMake(request: SandboxRequest): Promise<Sandbox> {
    const daytona = await this.daytona();
    const name = nameOf(request.id);
    const labels = { 'rlm.namespace': this.options.namespace, ...request.labels };
    try {
      return await daytona.create(createParameters(this.options.settings, name, labels, request), {
        timeout: createSeconds,
      });
    } catch (error) {
      if (!isConflict(error)) throw refusedWhereLost(explainError(error, 'making a sandbox'));
    }
    try {
      const sandbox = await daytona.get(name);
      if (ended.has(sandbox.state ?? '')) {
        await daytona.delete(sandbox);
        throw new SandboxUnavailable(`the sandbox ${name} was ${sandbox.state} before it was used`);
      }
      await sandbox.waitUntilStarted(createSeconds);
      return sandbox;
    } catch (error) {
      throw explainError(error, `finding the sandbox ${name}`);
    }
  }

  private async prepare(sandbox: Sandbox, request: SandboxRequest, signal?: AbortSignal): Promise<void> {
    const transport = this.transport(sandbox);
    const answers = () => transport.request({ method: 'GET', path: '/health', ...(signal && { signal }) });
    const { repository } = request;
    const objects = async () => {
      if (repository) await bringObjects(sandbox, repository);
    };
    if (await wasBrokerStarted(sandbox)) {
      await Promise.all([objects(), answers()]);
      return;
    }
    const image = imageOf(this.options.settings, request);
    await startBroker(sandbox, {
      token: this.token(sandbox),
      leaseSeconds,
      workspace: repository !== undefined,
      image,
    });
    await Promise.all([objects(), untilAnswered(answers, signal)]);
  }

  private transport(sandbox: Sandbox): BrokerTransport {
    const brokerToken = this.token(sandbox);
    const examine = () => this.examine(sandbox.id);
    const preview = new PreviewTransport({
      brokerToken,
      reach: this.reach,
      link: () =>
        sandbox.getPreviewLink(brokerPort).catch((error: unknown) => {
          throw explainError(error, `asking for the link to the sandbox ${sandbox.id}`);
        }),
      examine,
    });
    return new FallbackTransport(preview, new ProcessTransport(sandbox, brokerToken, examine), this.reach);
  }

  /** Every worker with the key can make it, and nobody else. */
  private token(sandbox: Sandbox): string {
    return createHmac('sha256', this.apiKey).update(`broker of ${sandbox.id}`).digest('hex');
  }

  private async running(id: string): Promise<Sandbox> {
    const daytona = await this.daytona();
    let sandbox: Sandbox;
    try {
      sandbox = await daytona.get(id);
    } catch (error) {
      throw explainError(error, `looking for the sandbox ${id}`);
    }
    if (sandbox.state === 'started') return sandbox;
    throw new SandboxLost(
      `the Daytona sandbox ${id} is ${sandbox.state ?? 'in no known state'}: what it held in memory is gone`,
    );
  }

  /** Throws what is wrong with a sandbox whose broker does not answer; nothing when that may pass. */
  private async examine(id: string): Promise<void> {
    const problem = await brokerProblem(await this.running(id)).catch(() => null); // it may pass
    if (problem !== null) throw new SandboxLost(`the Daytona sandbox ${id}: ${problem}`);
  }
}

/** What is not found while a sandbox is made is not the sandbox, but what it is to be made from. */
function refusedWhereLost(error: Error): Error {
  return error instanceof SandboxLost ? new SandboxRefused(error.message) : error;
}

/** The same request has the same name, and names are unique at Daytona. */
function nameOf(id: string): string {
  return `rlm-${createHash('sha256').update(id).digest('hex').slice(0, 24)}`;
}

async function untilAnswered(ask: () => Promise<unknown>, signal?: AbortSignal): Promise<void> {
  const deadline = performance.now() + brokerTimeoutMs;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (!(error instanceof SandboxUnavailable) || performance.now() > deadline) throw error;
    }
    // A server that is about to listen tells nobody when it does.
    await delay(50, null, signal && { signal });
  }
}
