import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { Worker } from '@temporalio/worker';

type History = proto.temporal.api.history.v1.IHistory;

/** A history of one execution. */
export interface KeptHistory {
  workflowId: string;
  runId: string;
  history: History;
}

/** The histories of a whole tree: of every agent, and of each execution of one that continued as new. */
export async function historiesOf(client: Client, rootId: string): Promise<KeptHistory[]> {
  const found: KeptHistory[] = [];
  const { workflowExecutionInfo } = await client.workflow
    .getHandle(rootId)
    .describe()
    .then(({ raw }) => raw);
  const first = workflowExecutionInfo?.firstRunId || workflowExecutionInfo?.execution?.runId;
  const open: { workflowId: string; runId: string | undefined }[] = [{ workflowId: rootId, runId: first ?? undefined }];
  for (const { workflowId, runId } of open) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    found.push({ workflowId, runId: runId ?? '', history });
    for (const event of history.events ?? []) {
      const child = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
      if (child?.workflowId && child.runId) open.push({ workflowId: child.workflowId, runId: child.runId });
      const next =
        event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ??
        event.workflowExecutionCompletedEventAttributes?.newExecutionRunId;
      if (next) open.push({ workflowId, runId: next });
    }
  }
  return found;
}

/** Replays histories with the code under test; what goes another way is a line each. */
export async function checkHistories(histories: readonly KeptHistory[], workflowBundlePath: string): Promise<string[]> {
  const workflowBundle = { codePath: workflowBundlePath };
  const results = Worker.runReplayHistories({ workflowBundle }, given(histories));
  const problems: string[] = [];
  for await (const { workflowId, error } of results) {
    if (error) problems.push(`the history of ${workflowId} does not replay: ${error.message}`);
  }
  return problems;
}

async function* given(histories: readonly KeptHistory[]) {
  for (const { workflowId, history } of histories) yield { workflowId, history };
}

/** A history as Temporal's tools write and read it. */
export function historyJson({ history }: KeptHistory): string {
  return JSON.stringify(proto.temporal.api.history.v1.History.fromObject(history).toJSON());
}
