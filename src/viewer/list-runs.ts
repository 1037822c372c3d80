import { type Client, type WorkflowExecutionInfo, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { AgentFailureDetails, AgentResult } from '../agent/agent-result.ts';
import { agentWorkflowType } from '../agent/names.ts';
import type { Usage } from '../agent/usage.ts';
import { RunMemo } from '../client/run-memo.ts';

/** A run as the list shows it. Times are milliseconds since the epoch. */
export interface ListedRun {
  runId: string;
  status: 'running' | 'completed' | 'failed' | 'cancelled';
  task: string;
  model: string;
  scripted: boolean;
  startedAt: number;
  endedAt: number | null;
  /** Of the whole tree; null while nobody knows. */
  costUsd: number | null;
  agents: number | null;
  finish: 'submit' | 'limit' | null;
}

/** So many of the latest runs are listed. */
const listed = 200;

/** What the ends of runs told of what they used; it stays as it is. */
export class RunLister {
  private readonly client: Client;
  private readonly endings = new Map<string, Ending>();

  constructor(client: Client) {
    this.client = client;
  }

  /** The latest runs, the newest first. */
  async list(): Promise<ListedRun[]> {
    const query = `WorkflowType = "${agentWorkflowType}" AND ParentWorkflowId IS NULL AND ExecutionStatus != "ContinuedAsNew"`;
    const found: WorkflowExecutionInfo[] = [];
    for await (const run of this.client.workflow.list({ query, pageSize: listed })) {
      if (found.push(run) === listed) break;
    }
    const runs = await Promise.all(found.map((run) => this.describe(run)));
    // Of several with one id, the latest counts.
    const latest = new Map(runs.sort((a, b) => a.startedAt - b.startedAt).map((run) => [run.runId, run]));
    return [...latest.values()].sort((a, b) => b.startedAt - a.startedAt);
  }

  private async describe(run: WorkflowExecutionInfo): Promise<ListedRun> {
    const memo = RunMemo.safeParse(run.memo).data;
    const { usage, finish } = await this.ending(run);
    return {
      runId: run.workflowId,
      status: statusOf(run.status.name),
      task: memo?.task ?? '',
      model: memo?.model ?? '',
      scripted: memo?.model.startsWith('scripted/') ?? false,
      startedAt: memo?.startedAt ?? run.startTime.getTime(),
      endedAt: run.closeTime?.getTime() ?? null,
      costUsd: usage?.costUsd ?? null,
      agents: usage?.agents ?? null,
      finish,
    };
  }

  private async ending(run: WorkflowExecutionInfo): Promise<Ending> {
    if (run.status.name !== 'COMPLETED' && run.status.name !== 'FAILED') return unknownEnding;
    const known = this.endings.get(run.runId);
    if (known) return known;
    const ending = await readEnding(this.client, run);
    this.endings.set(run.runId, ending);
    return ending;
  }
}

interface Ending {
  usage: Usage | null;
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
