import { type Client, type WorkflowExecutionInfo, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { AgentFailureDetails, AgentResult } from '../agent/agent-result.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { RunMemo } from '../client/run-memo.ts';
import { runsQuery } from '../client/runs-query.ts';
import { readOutline } from './read-outline.ts';
import type { RunningUsage, SoFar } from './running-usage.ts';
import { totalsOf } from './totals.ts';

/** A run as the list shows it. Times are milliseconds since the epoch. */
export interface ListedRun {
  runId: string;
  status: 'running' | 'completed' | 'failed' | 'cancelled';
  task: string;
  model: string;
  scripted: boolean;
  startedAt: number;
  endedAt: number | null;
  /** Of the whole tree, so far while it goes on; null while nobody knows. */
  costUsd: number | null;
  agents: number | null;
  finish: 'submit' | 'limit' | null;
}

/** So many of the latest runs are listed. */
const listed = 200;

/** Lists runs with what they used. What the end of one told of that stays as it is. */
export class RunLister {
  private readonly client: Client;
  private readonly store: ArtifactStore;
  private readonly running: RunningUsage;
  private readonly endings = new Map<string, Ending>();

  /** @param running What is known of runs that go on; it is brought up to date as often as they are listed. */
  constructor(client: Client, store: ArtifactStore, running: RunningUsage) {
    this.client = client;
    this.store = store;
    this.running = running;
  }

  /** The latest runs, the newest first. */
  async list(): Promise<ListedRun[]> {
    const found: WorkflowExecutionInfo[] = [];
    for await (const run of this.client.workflow.list({ query: runsQuery, pageSize: listed })) {
      if (found.push(run) === listed) break;
    }
    const runs = await Promise.all(found.map((run) => this.describe(run)));
    // Of several with one id, the latest counts.
    const latest = new Map(runs.sort((a, b) => a.startedAt - b.startedAt).map((run) => [run.runId, run]));
    const listing = [...latest.values()].sort((a, b) => b.startedAt - a.startedAt);
    void this.running.refresh(listing.filter(({ status }) => status === 'running'));
    return listing;
  }

  private async describe(run: WorkflowExecutionInfo): Promise<ListedRun> {
    const memo = RunMemo.safeParse(run.memo).data;
    const startedAt = memo?.startedAt ?? run.startTime.getTime();
    const { usage, finish } =
      run.status.name === 'RUNNING'
        ? { usage: this.running.of({ runId: run.workflowId, startedAt }), finish: null }
        : await this.ending(run);
    return {
      runId: run.workflowId,
      status: statusOf(run.status.name),
      task: memo?.task ?? '',
      model: memo?.model ?? '',
      scripted: memo?.model.startsWith('scripted/') ?? false,
      startedAt,
      endedAt: run.closeTime?.getTime() ?? null,
      costUsd: usage?.costUsd ?? null,
      agents: usage?.agents ?? null,
      finish,
    };
  }

  private async ending(run: WorkflowExecutionInfo): Promise<Ending> {
    const known = this.endings.get(run.runId);
    if (known) return known;
    const { usage, finish } = await readEnding(this.client, run);
    const ending = { usage: usage ?? (await this.recorded(run)), finish };
    this.endings.set(run.runId, ending);
    return ending;
  }

  /** A cancelled run says nothing at its end: its results do. */
  private async recorded({ workflowId, runId, raw }: WorkflowExecutionInfo): Promise<SoFar | null> {
    const outline = await readOutline(this.store, workflowId, raw.firstRunId || runId);
    return outline && totalsOf(outline).usage;
  }
}

interface Ending {
  usage: SoFar | null;
  finish: ListedRun['finish'];
}

const unknownEnding: Ending = { usage: null, finish: null };

async function readEnding(client: Client, { workflowId, runId }: WorkflowExecutionInfo): Promise<Ending> {
  try {
    const result: unknown = await client.workflow.getHandle(workflowId, runId).result();
    return AgentResult.safeParse(result).data ?? unknownEnding;
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : null;
    const details: unknown = cause instanceof ApplicationFailure ? cause.details?.[0] : null;
    return AgentFailureDetails.safeParse(details).data ?? unknownEnding;
  }
}

function statusOf(name: string): ListedRun['status'] {
  switch (name) {
    case 'RUNNING':
      return 'running';
    case 'COMPLETED':
      return 'completed';
    case 'CANCELLED':
      return 'cancelled';
    default:
      return 'failed';
  }
}
