import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import proto from '@temporalio/proto';
import { agentWorkflowType } from '../agent/names.ts';
import { forEachAtOnce } from '../for-each-at-once.ts';
import type { KnownAgents } from './record-retention.ts';

const { HistoryEvent } = proto.temporal.api.history.v1;
const grpcNotFound = 5;

/**
 * Asks Temporal for all agents that it knows, every execution of those that continued as new, and hands over each event of
 * their histories. Throws where it does not answer: then nothing is known.
 */
export async function askKnownAgents(client: Client, onEvent: (bytes: Uint8Array) => void): Promise<KnownAgents> {
  const ids = new Set<string>();
  const lineages = new Set<string>();
  const executions: { workflowId: string; runId: string }[] = [];
  const query = `WorkflowType = "${agentWorkflowType}"`;
  for await (const { workflowId, runId } of client.workflow.list({ query, pageSize: 1_000 })) {
    executions.push({ workflowId, runId });
  }
  await forEachAtOnce(executions, undefined, async ({ workflowId, runId }) => {
    for await (const event of historyOf(client, workflowId, runId)) {
      onEvent(HistoryEvent.encode(event).finish());
      const started = event.workflowExecutionStartedEventAttributes;
      if (!started) continue;
      ids.add(workflowId);
      lineages.add(started.firstExecutionRunId || runId);
    }
  });
  return { ids, lineages };
}

type HistoryPage = Awaited<ReturnType<Client['workflowService']['getWorkflowExecutionHistory']>>;

async function* historyOf(client: Client, workflowId: string, runId: string) {
  const request = { namespace: client.options.namespace, execution: { workflowId, runId } };
  let nextPageToken: Uint8Array | null | undefined = null;
  try {
    do {
      const page: HistoryPage = await client.workflowService.getWorkflowExecutionHistory(
        nextPageToken ? { ...request, nextPageToken } : request,
      );
      yield* page.history?.events ?? [];
      nextPageToken = page.nextPageToken;
    } while (nextPageToken && nextPageToken.length > 0);
  } catch (error) {
    // Its retention has ended; lists lag behind.
    const isGone = error instanceof WorkflowNotFoundError || (error as { code?: unknown }).code === grpcNotFound;
    if (!isGone) throw error;
  }
}
