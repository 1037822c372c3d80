import type { ExternalStorage } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import type { CallModelInput } from '../activities/call-model.ts';
import type { CompactTranscriptInput } from '../activities/compact-transcript.ts';
import type { AgentArguments, PreparedAgent } from '../agent/agent-arguments.ts';
import type { AgentResult } from '../agent/agent-result.ts';
import { type CellProgress, StartingCall } from '../agent/cell.ts';
import type { Compacted } from '../agent/compaction.ts';
import type { Extraction, ModelTurn } from '../agent/turn.ts';
import { type AnsweredCall, callStarted, callsEnded } from './call-happenings.ts';
import { ended, modelReplied, steered, taskFailed, taskOfArguments } from './happenings.ts';
import { readPayload } from './payload-reader.ts';
import type { Happening, RunEvent } from './run-events.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Payloads = temporal.api.common.v1.IPayloads | null | undefined;

/** What may be scheduled: activity name and its one argument. */
interface Scheduled {
  name: string;
  input: unknown;
}

/** Activities whose inputs tell something. */
const toldByInput: readonly string[] = ['callModel', 'answerQueries', 'callTool', 'compactTranscript', 'extractAnswer'];

/** Activities whose results tell something. */
const toldByResult: readonly string[] = [
  'prepareAgent',
  'openSandbox',
  'runCell',
  'drain',
  'deliverAnswers',
  ...toldByInput,
];

/**
 * Reads one agent's workflow history, event by event and execution by execution, as what happened in it. Of large
 * payloads, which are kept elsewhere, only those that tell something are fetched.
 */
export class HistoryReader {
  private readonly agentId: string;
  private readonly storage: ExternalStorage | undefined;
  private readonly scheduled = new Map<string, Scheduled>();
  /** Sub-agents that are about to start. */
  private readonly starting = new Map<string, StartingCall>();
  private waitingFor: string | null = null;
  private iteration = 0;
  private isOpen = false;

  constructor(agentId: string, storage?: ExternalStorage) {
    this.agentId = agentId;
    this.storage = storage;
  }

  async read(event: HistoryEvent): Promise<RunEvent[]> {
    const seconds = Number(event.eventTime?.seconds ?? 0);
    const at = seconds * 1_000 + Math.floor((event.eventTime?.nanos ?? 0) / 1_000_000);
    const happenings = await this.happenings(event);
    return happenings.map((happening) => ({ at, agentId: this.agentId, ...happening }));
  }

  private async happenings(event: HistoryEvent): Promise<Happening[]> {
    if (event.workflowExecutionStartedEventAttributes)
      return this.onStarted(event.workflowExecutionStartedEventAttributes);
    if (event.activityTaskScheduledEventAttributes) {
      const { activityType, input } = event.activityTaskScheduledEventAttributes;
      const name = activityType?.name ?? '';
      const scheduled = { name, input: toldByInput.includes(name) ? await this.decode(input) : undefined };
      this.scheduled.set(String(event.eventId), scheduled);
      return this.onScheduled(scheduled);
    }
    if (event.activityTaskCompletedEventAttributes) {
      const { scheduledEventId, result } = event.activityTaskCompletedEventAttributes;
      const scheduled = this.take(scheduledEventId);
      this.waitingFor = null;
      if (!scheduled || !toldByResult.includes(scheduled.name)) return [];
      return this.onCompleted(scheduled, await this.decode(result));
    }
    if (event.activityTaskFailedEventAttributes) {
      const { failure } = event.activityTaskFailedEventAttributes;
      return failure?.applicationFailureInfo?.type === 'StorageUnavailable' ? this.onWait(failure.message ?? '') : [];
    }
    if (event.markerRecordedEventAttributes) return this.onLocalActivity(event.markerRecordedEventAttributes.details);
    if (event.startChildWorkflowExecutionInitiatedEventAttributes) {
      const { call } = event.startChildWorkflowExecutionInitiatedEventAttributes.memo?.fields ?? {};
      const told = StartingCall.safeParse(call && (await readPayload(call, this.storage)));
      if (told.success) this.starting.set(String(event.eventId), told.data);
      return [];
    }
    if (event.childWorkflowExecutionStartedEventAttributes) {
      const { workflowExecution, initiatedEventId } = event.childWorkflowExecutionStartedEventAttributes;
      const subAgentId = workflowExecution?.workflowId ?? '';
      const call = this.starting.get(String(initiatedEventId));
      this.starting.delete(String(initiatedEventId));
      return [{ type: 'sub-agent-started', iteration: this.iteration, subAgentId, ...(call ? { call } : {}) }];
    }
    if (event.workflowExecutionSignaledEventAttributes) {
      const { signalName, input } = event.workflowExecutionSignaledEventAttributes;
      return steered(signalName ?? '', await this.decode(input));
    }
    if (event.workflowExecutionCompletedEventAttributes) {
      const { result } = event.workflowExecutionCompletedEventAttributes;
      const { finish = null, output = null } = ((await this.decode(result)) ?? {}) as Partial<AgentResult>;
      return [{ type: 'agent-ended', status: 'completed', error: null, finish, output }];
    }
    return [...taskFailed(event), ...ended(event)];
  }

  private async onStarted({
    input,
    continuedExecutionRunId,
    firstExecutionRunId,
  }: temporal.api.history.v1.IWorkflowExecutionStartedEventAttributes): Promise<Happening[]> {
    if (continuedExecutionRunId) return [];
    const given = (await this.decode(input)) as AgentArguments | undefined;
    // The cells that a fork takes over run again, which is no news.
    if (given?.fork) this.iteration = given.fork.after + 1;
    const prepared = given?.place?.prepared;
    const model = prepared?.model ?? given?.model ?? null;
    const lineage = firstExecutionRunId ?? '';
    return [
      { type: 'agent-started', depth: given?.place?.depth ?? 0, task: taskOfArguments(given), model, lineage },
      ...(prepared ? [{ type: 'agent-prepared' as const, prepared }] : []),
    ];
  }

  /** Activities within a workflow task leave a marker, with what they returned unless they failed. */
  private async onLocalActivity(details: Record<string, Payloads> | null | undefined): Promise<Happening[]> {
    const data = (await this.decode(details?.data)) as { activity_type?: string } | undefined;
    if (data?.activity_type === undefined || !details?.result) return [];
    return this.onCompleted({ name: data.activity_type, input: undefined }, await this.decode(details.result));
  }

  private async decode(payloads: Payloads): Promise<unknown> {
    const [payload] = payloads?.payloads ?? [];
    return payload ? readPayload(payload, this.storage) : undefined;
  }

  private take(eventId: unknown): Scheduled | undefined {
    const key = String(eventId);
    const scheduled = this.scheduled.get(key);
    this.scheduled.delete(key);
    return scheduled;
  }

  private onScheduled({ name, input }: Scheduled): Happening[] {
    switch (name) {
      case 'callModel':
        this.iteration = (input as CallModelInput).iteration;
        return [{ type: 'iteration-started', iteration: this.iteration }];
      case 'answerQueries':
      case 'callTool':
        return this.isReplayed(input) ? [] : [callStarted(this.iteration, input)];
      case 'extractAnswer':
        return [{ type: 'extraction-started', reason: (input as { reason: string }).reason }];
      default:
        return [];
    }
  }

  private onCompleted({ name, input }: Scheduled, result: unknown): Happening[] {
    const { iteration } = this;
    switch (name) {
      case 'prepareAgent':
        return [{ type: 'agent-prepared', prepared: result as PreparedAgent }];
      case 'openSandbox': {
        const type = this.isOpen ? 'sandbox-rebuilt' : 'sandbox-opened';
        this.isOpen = true;
        return [{ type, sandboxId: (result as { sandbox: { id: string } }).sandbox.id }];
      }
      case 'callModel':
        return [modelReplied(iteration, result as ModelTurn)];
      case 'runCell':
      case 'drain':
      case 'deliverAnswers':
        return this.cellEnd(result as CellProgress | null);
      case 'answerQueries':
      case 'callTool': {
        const answered = result as AnsweredCall;
        const calls = this.isReplayed(input) ? [] : callsEnded(iteration, input, answered);
        return [...calls, ...this.cellEnd(answered.progress)];
      }
      case 'compactTranscript': {
        const { usage, preview } = result as Compacted;
        return [{ type: 'transcript-compacted', iteration: (input as CompactTranscriptInput).replies, usage, preview }];
      }
      case 'extractAnswer':
        return [{ type: 'extraction-ended', usage: (result as Extraction).usage }];
      default:
        return [];
    }
  }

  /** Told once for each time that something is waited for, however often it is tried meanwhile. */
  private onWait(message: string): Happening[] {
    if (this.waitingFor === message) return [];
    this.waitingFor = message;
    return [{ type: 'waiting', message }];
  }

  /** Cells of earlier iterations run once more in a sandbox that is built again: their story is told already. */
  private isReplayed(of: unknown): boolean {
    return Number((of as { cellId: string }).cellId) < this.iteration;
  }

  private cellEnd(progress: CellProgress | null): Happening[] {
    if (!progress?.end || this.isReplayed(progress.end)) return [];
    const { status, preview, output } = progress.end;
    return [{ type: 'cell-ended', iteration: this.iteration, status, preview, output }];
  }
}
