import type { z } from 'zod';
import { SandboxLost, SandboxRefused } from '../errors.ts';
import type { BrokerRequest, BrokerTransport } from '../sandbox/provider.ts';
import {
  type Answers,
  CellStarted,
  CloneProgress,
  type CloneWorkspace,
  Events,
  Health,
  KernelStarted,
  type MakePatch,
  type PatchMade,
  PatchPart,
  PatchProgress,
  type SetInput,
  type StartCell,
  type StartKernel,
  type WorkspaceCloned,
} from './protocol.ts';

/** What became of posted answers: a stale kernel means that another one runs by now, and the cell with it must be run again. */
export type AnswerOutcome = 'delivered' | 'stale-kernel' | 'unknown-call';

/** How much longer than its long poll an exchange may take. */
const pollMarginMs = 10_000;

/** How long one request waits for a job, such as a clone, before it asks again. */
const jobWaitMs = 20_000;

/** How long the transfer of large bodies may take, whatever their size. */
const transferTimeoutMs = 120_000;

/**
 * Speaks the broker's protocol over a transport. Every request is idempotent.
 *
 * Whatever comes back is validated: a sandbox that speaks nonsense is a lost one ({@link SandboxLost}).
 */
export class BrokerClient {
  private readonly transport: BrokerTransport;

  constructor(transport: BrokerTransport) {
    this.transport = transport;
  }

  /** Sends the JSON of one input, in parts where the transport wants them. Throws {@link SandboxRefused} when it does not fit into the sandbox's memory. */
  async putInput(name: string, bytes: Uint8Array, onProgress: (sent: number) => void = () => {}): Promise<void> {
    const path = `/inputs/${encodeURIComponent(name)}`;
    const { largestBody = Number.POSITIVE_INFINITY } = this.transport;
    if (bytes.byteLength <= largestBody) return this.putBytes(name, path, bytes);
    for (let offset = 0; offset < bytes.byteLength; offset += largestBody) {
      const part = bytes.subarray(offset, offset + largestBody);
      await this.putBytes(name, `${path}?offset=${offset}&total=${bytes.byteLength}`, part);
      onProgress(offset + part.byteLength);
    }
  }

  private async putBytes(name: string, path: string, bytes: Uint8Array): Promise<void> {
    const { status, body } = await this.request({ method: 'PUT', path, body: bytes, timeoutMs: transferTimeoutMs });
    if (status === 413 || status === 507) {
      throw new SandboxRefused(
        `the input ${name} of ${bytes.byteLength} bytes is too large for the sandbox: ${reason(body)}`,
      );
    }
    if (status !== 200) throw unexpected(path, status, body);
  }

  /**
   * Makes a variable of a sent input in the running kernel, from the next cell on; it is put back like the others. What
   * the code had under that name is then `NAME_before`. A kernel that died gets nothing, as its next cell will tell.
   */
  async setInput(set: SetInput): Promise<void> {
    await this.expectSuccess({ method: 'POST', path: '/inputs', body: set, timeoutMs: transferTimeoutMs });
  }

  /** Makes the clone at `/workspace`, or finds it made. */
  async cloneWorkspace(body: CloneWorkspace, signal?: AbortSignal): Promise<WorkspaceCloned> {
    return this.untilDone('/workspace', body, CloneProgress, signal);
  }

  /** Ends the kernel and takes the patch of the clone, which {@link readPatch} then reads. */
  async makePatch(body: MakePatch, signal?: AbortSignal): Promise<PatchMade> {
    return this.untilDone('/patch', body, PatchProgress, signal);
  }

  /** Reads the patch that was taken, of so many bytes. */
  async readPatch(bytes: number, signal?: AbortSignal): Promise<Buffer> {
    const patch = Buffer.alloc(bytes);
    for (let offset = 0; offset < bytes; ) {
      const path = `/patch?offset=${offset}`;
      const request = { method: 'GET', path, timeoutMs: transferTimeoutMs, ...(signal && { signal }) } as const;
      const { data } = await this.exchange(request, PatchPart);
      const length = patch.write(data, offset, 'base64');
      if (length === 0) throw new SandboxLost('the sandbox gave less of a patch than it said');
      offset += length;
    }
    return patch;
  }

  /** Starts a kernel, or finds the living one that was started with the same request. */
  async startKernel(start: StartKernel): Promise<{ kernelId: string }> {
    return this.exchange({ method: 'POST', path: '/kernel', body: start, timeoutMs: 30_000 }, KernelStarted);
  }

  /** Starts a cell, or finds the state of the one with that id. */
  async startCell(start: StartCell): Promise<CellStarted> {
    return this.exchange({ method: 'POST', path: '/cells', body: start }, CellStarted);
  }

  /** Events after a cursor; waits up to `waitMs` (at most 60,000) for the first one. None when it was woken or nothing came. */
  async events({ after, waitMs, signal }: { after: number; waitMs: number; signal?: AbortSignal }): Promise<Events> {
    const path = `/events?after=${after}&waitMs=${Math.round(waitMs)}`;
    const timeoutMs = waitMs + pollMarginMs;
    return this.exchange({ method: 'GET', path, timeoutMs, ...(signal && { signal }) }, Events);
  }

  /** Hands answers to a waiting call; the same ones again are a success. */
  async answer(answers: Answers): Promise<AnswerOutcome> {
    const path = '/answers';
    const { status, body } = await this.request({ method: 'POST', path, body: answers, timeoutMs: transferTimeoutMs });
    if (status === 200) return 'delivered';
    if (status === 409) return 'stale-kernel';
    if (status === 404) return 'unknown-call';
    throw unexpected(path, status, body);
  }

  /** Stops the cell if it still runs: its end comes as an event. The reason becomes the note of that event. */
  async interrupt(interrupt: { cellId: string; reason: string }): Promise<void> {
    await this.expectSuccess({ method: 'POST', path: '/interrupt', body: interrupt });
  }

  /** Makes the long polls that wait now, or else the next one, return. */
  async wake(): Promise<void> {
    await this.expectSuccess({ method: 'POST', path: '/wake', body: {} });
  }

  /** Also renews the sandbox's lease. */
  async health(): Promise<Health> {
    return this.exchange({ method: 'GET', path: '/health' }, Health);
  }

  /** Asks for a job until it is done, however long it takes. */
  private async untilDone<Result extends { ok: boolean }>(
    path: string,
    body: object,
    schema: z.ZodType<Result | { running: true }>,
    signal?: AbortSignal,
  ): Promise<Result> {
    for (;;) {
      signal?.throwIfAborted();
      const request = { method: 'POST', path: `${path}?waitMs=${jobWaitMs}`, body } as const;
      const timeoutMs = jobWaitMs + pollMarginMs;
      const progress = await this.exchange({ ...request, timeoutMs, ...(signal && { signal }) }, schema);
      if ('ok' in progress) return progress;
    }
  }

  private async exchange<Schema extends z.ZodType>(request: BrokerRequest, schema: Schema): Promise<z.output<Schema>> {
    const parsed = schema.safeParse(await this.expectSuccess(request));
    if (!parsed.success)
      throw new SandboxLost(`the sandbox spoke nonsense to ${request.path}: ${parsed.error.message}`);
    return parsed.data;
  }

  private async expectSuccess(request: BrokerRequest): Promise<unknown> {
    const { status, body } = await this.request(request);
    if (status !== 200) throw unexpected(request.path, status, body);
    return body;
  }

  private async request(request: BrokerRequest): Promise<{ status: number; body: unknown }> {
    return this.transport.request(request);
  }
}

function unexpected(path: string, status: number, body: unknown): SandboxLost {
  return new SandboxLost(`the sandbox answered ${status} to ${path}: ${reason(body)}`);
}

function reason(body: unknown): string {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : null;
  return typeof error === 'string' ? error.slice(0, 300) : 'no reason given';
}
