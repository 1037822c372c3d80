import { randomBytes, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { CreateSandbox } from '@daytona/api-client';
import { Refusal } from './answer.ts';
import { checkNewSandbox } from './check-new-sandbox.ts';
import { Machine } from './machine.ts';
import type { MachineKind } from './machine-command.ts';
import { newSandbox, type SandboxRecord } from './sandbox-record.ts';

/** How many sandboxes there may be. The service answered 403 to one too many until April 2026, and answers 400 since. */
export interface Quota {
  sandboxes: number;
  status?: 400 | 403;
}

export interface SandboxesOptions {
  directory: string;
  kind: MachineKind;
  /** How long a sandbox is `creating`, and `destroying`; 0: the answer waits until it is not any more. */
  startMs: number;
  destroyMs: number;
  snapshots: string[] | null;
  targets: string[] | null;
  toolboxProxyUrl: () => string;
}

const defaultSnapshot = 'daytona-small';

/** The sandboxes there are, and what becomes of them. */
export class Sandboxes {
  quota: Quota | null = null;
  readonly #options: SandboxesOptions;
  readonly #records = new Map<string, SandboxRecord>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #ending = new AbortController();
  #made = 0;

  constructor(options: SandboxesOptions) {
    this.#options = options;
  }

  all(): SandboxRecord[] {
    return [...this.#records.values()];
  }

  /** Throws a 404 as the service words it. */
  find(idOrName: string): SandboxRecord {
    const found = this.#records.get(idOrName) ?? this.all().find(({ sandbox }) => sandbox.name === idOrName);
    if (found === undefined) throw new Refusal(404, `Sandbox with ID or name ${idOrName} not found`);
    return found;
  }

  async create(request: CreateSandbox): Promise<SandboxRecord> {
    const { directory, snapshots, targets, startMs, toolboxProxyUrl } = this.#options;
    checkNewSandbox(request, { snapshots, targets });
    this.#checkQuota();
    if (request.name !== undefined && this.all().some(({ sandbox }) => sandbox.name === request.name)) {
      throw new Refusal(409, `Sandbox with name ${request.name} already exists`);
    }
    const id = randomUUID();
    this.#made += 1;
    const record: SandboxRecord = {
      sandbox: newSandbox({ id, request, toolboxProxyUrl: toolboxProxyUrl(), defaultSnapshot }),
      pending: true,
      previewToken: newToken(),
      directory: join(directory, `${this.#made}`),
      machine: null,
    };
    this.#records.set(id, record);
    const starting = this.#run(record, startMs);
    // From a snapshot, the service answers when the sandbox has started; from an image, at once.
    if (startMs === 0 || request.buildInfo === undefined) await starting;
    return record;
  }

  /** As the service's start: processes are new, files are as they were, and so is not the preview token. */
  async start(record: SandboxRecord): Promise<void> {
    if (record.sandbox.state === 'started' && !record.pending) return;
    changeable(record);
    if (record.sandbox.state !== 'stopped') throw new Refusal(400, 'Sandbox is not in valid state');
    this.#checkQuota(record);
    change(record, 'starting', 'started');
    record.previewToken = newToken();
    await this.#run(record, 0);
  }

  /** As the service's stop: an ephemeral sandbox is deleted by it. */
  async stop(record: SandboxRecord): Promise<void> {
    changeable(record);
    if (record.sandbox.state !== 'started') throw new Refusal(400, 'Sandbox is not in a stoppable state');
    if (record.sandbox.autoDeleteInterval === 0) return this.destroy(record);
    change(record, 'stopping', 'stopped');
    await this.#end(record);
    settle(record, 'stopped');
  }

  async destroy(record: SandboxRecord): Promise<void> {
    changeable(record);
    const { sandbox } = record;
    change(record, 'destroying', 'destroyed');
    sandbox.name = `DESTROYED_${sandbox.name}_${Date.now()}`; // the name is free at once
    const removing = this.#track(this.#remove(record));
    if (this.#options.destroyMs === 0) await removing;
  }

  /** Makes links to previews that were given out worthless. */
  renewPreviewTokens(): void {
    for (const record of this.#records.values()) record.previewToken = newToken();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.all().map((record) => this.#end(record)));
    await Promise.allSettled(this.#underWay);
    await Promise.all(this.all().map((record) => this.#end(record)));
    this.#records.clear();
  }

  #run(record: SandboxRecord, delayMs: number): Promise<void> {
    return this.#track(this.#startMachine(record, delayMs));
  }

  async #startMachine(record: SandboxRecord, delayMs: number): Promise<void> {
    const { sandbox, directory } = record;
    try {
      this.#ending.signal.throwIfAborted();
      await this.#pause(delayMs);
      const reachesNetwork = () => !sandbox.networkBlockAll;
      record.machine = await Machine.start(this.#options.kind, directory, sandbox.id, sandbox.env, reachesNetwork);
      settle(record, 'started');
    } catch (error) {
      sandbox.errorReason = error instanceof Error ? error.message : String(error);
      settle(record, 'error');
    }
  }

  async #remove(record: SandboxRecord): Promise<void> {
    await this.#end(record);
    await rm(record.directory, { recursive: true, force: true, maxRetries: 5 });
    await this.#pause(this.#options.destroyMs).catch(() => {}); // the end of everything cuts it short
    this.#records.delete(record.sandbox.id);
  }

  async #pause(ms: number): Promise<void> {
    if (ms > 0) await setTimeout(ms, undefined, { signal: this.#ending.signal });
  }

  async #end(record: SandboxRecord): Promise<void> {
    const { machine } = record;
    record.machine = null;
    await machine?.[Symbol.asyncDispose]();
  }

  #track(work: Promise<void>): Promise<void> {
    const tracked = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
    return tracked;
  }

  #checkQuota(besides?: SandboxRecord): void {
    if (this.quota === null) return;
    const running = this.all().filter(
      (record) => record !== besides && record.sandbox.desiredState === 'started',
    ).length;
    if (running < this.quota.sandboxes) return;
    throw new Refusal(
      this.quota.status ?? 403,
      `Total CPU limit exceeded. Maximum allowed: ${this.quota.sandboxes}.\nTo increase concurrency limits, upgrade your organization's Tier by visiting https://app.daytona.io/dashboard/limits.`,
    );
  }
}

function changeable(record: SandboxRecord): void {
  if (record.pending) throw new Refusal(409, 'Sandbox state change in progress');
}

type State = NonNullable<SandboxRecord['sandbox']['state']>;

function change(record: SandboxRecord, state: State, desired: 'started' | 'stopped' | 'destroyed'): void {
  record.pending = true;
  record.sandbox.state = state;
  record.sandbox.desiredState = desired;
  record.sandbox.updatedAt = new Date().toISOString();
}

function settle(record: SandboxRecord, state: State): void {
  record.pending = false;
  record.sandbox.state = state;
  record.sandbox.updatedAt = new Date().toISOString();
}

function newToken(): string {
  return randomBytes(16).toString('hex');
}
