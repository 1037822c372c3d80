import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import type { z } from 'zod';
import type { ArtifactStore } from '../artifacts/store.ts';
import { UsageError } from '../errors.ts';
import { readRun } from '../results/read-run.ts';
import type { RunDocument } from '../results/run-document.ts';
import { AgentHandle } from './agent-handle.ts';
import { followRun } from './follow.ts';
import type { RunEvent } from './run-events.ts';
import { runWithoutRecord } from './run-without-record.ts';

/** The results of a run that has an answer, with the outputs as the agent's schema types them. */
export type CompletedRun<Outputs> = Omit<RunDocument, 'output'> & { output: Outputs };

/** A run that ended without an answer. Its results, as far as there are any, come with it. */
export class RunFailed extends Error {
  override readonly name = 'RunFailed';
  readonly document: RunDocument;

  constructor(document: RunDocument) {
    const how = document.status === 'cancelled' ? 'was cancelled' : 'failed';
    super(`run ${document.runId} ${how}${document.error ? `: ${document.error.message}` : ''}`);
    this.document = document;
  }
}

/**
 * A run, going on or ended. Disposing of the handle stops following it and waiting for it; the run itself goes on.
 */
export class RunHandle<Outputs> implements AsyncDisposable {
  readonly runId: string;
  private readonly client: Client;
  private readonly store: ArtifactStore;
  private readonly outputs: z.ZodType | null;
  private readonly disposed = new AbortController();

  constructor(client: Client, store: ArtifactStore, runId: string, outputs: z.ZodType | null = null) {
    this.client = client;
    this.store = store;
    this.runId = runId;
    this.outputs = outputs;
  }

  /** What happens in the run, from its start to its end, sub-agents included. */
  events(signal?: AbortSignal): AsyncGenerator<RunEvent> {
    const stop = signal ? AbortSignal.any([signal, this.disposed.signal]) : this.disposed.signal;
    return followRun(this.client, this.runId, stop);
  }

  /** Waits for the answer. Throws {@link RunFailed} when the run ends without one. */
  async result(): Promise<CompletedRun<Outputs>> {
    const document = await this.document();
    if (document.status !== 'completed') throw new RunFailed(document);
    const output: unknown = this.outputs ? this.outputs.parse(document.output) : document.output;
    return { ...document, output: output as Outputs };
  }

  /** Waits for the end and returns the results, however the run ended. Throws `UsageError` when there is no such run. */
  async document(): Promise<RunDocument> {
    const handle = this.client.workflow.getHandle(this.runId);
    let failure: unknown;
    try {
      await this.client.withAbortSignal(this.disposed.signal, () => handle.result());
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return this.documentOfForgottenRun();
      if (!(error instanceof WorkflowFailedError)) throw error;
      // How it ended is in the record; a run that failed has results too.
      failure = error.cause;
    }
    const description = await handle.describe();
    // An old server does not say which was its first execution.
    const lineage = description.raw.workflowExecutionInfo?.firstRunId || undefined;
    return (await readRun(this.store, this.runId, lineage)) ?? runWithoutRecord(description, failure);
  }

  /** An agent of the run, by its id such as `RUN/3.1`, to steer it. */
  agent(agentId: string): AgentHandle {
    return new AgentHandle(this.client, agentId);
  }

  /** Cancels the run: every agent of it ends after its cleanup. */
  async cancel(): Promise<void> {
    await this.agent(this.runId).cancel();
  }

  /** No model call of the run starts until it is resumed. See {@link AgentHandle.pause}. */
  async pause(): Promise<void> {
    await this.agent(this.runId).pause();
  }

  /** Goes on after {@link pause}. */
  async resume(): Promise<void> {
    await this.agent(this.runId).resume();
  }

  /** Tells the root's model something, which it reads before its next reply. */
  async tell(text: string): Promise<void> {
    await this.agent(this.runId).tell(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed.abort();
  }

  /** Temporal forgets runs after its retention; their results stay. */
  private async documentOfForgottenRun(): Promise<RunDocument> {
    const document = await readRun(this.store, this.runId);
    if (document) return document;
    throw new UsageError(`there is no run ${this.runId}; "rlm list" shows those there are`);
  }
}
