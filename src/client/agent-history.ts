import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/**
 * The history of an agent, from its start: that of one execution of its workflow after the other, where it continued as
 * new. With `follow` it goes on until the agent ends.
 */
export async function* agentHistory(
  client: Client,
  agentId: string,
  { follow = false, signal }: { follow?: boolean; signal?: AbortSignal } = {},
): AsyncGenerator<HistoryEvent[]> {
  let runId: string | null = await firstExecution(client, agentId);
  while (runId !== null) {
    let next: string | null = null;
    for await (const events of executionHistory(client, { workflowId: agentId, runId }, follow, signal)) {
      next = events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? null;
      yield events;
    }
    runId = next;
  }
}

async function* executionHistory(
  client: Client,
  execution: { workflowId: string; runId: string },
  waitNewEvent: boolean,
  signal?: AbortSignal,
): AsyncGenerator<HistoryEvent[]> {
  const request = { namespace: client.options.namespace, execution, waitNewEvent };
  const never = new AbortController().signal;
  let nextPageToken: Uint8Array | null | undefined = null;
  do {
    const page = await client.connection.withAbortSignal(signal ?? never, () =>
      client.workflowService.getWorkflowExecutionHistory(nextPageToken ? { ...request, nextPageToken } : request),
    );
    yield page.history?.events ?? [];
    nextPageToken = page.nextPageToken;
  } while (nextPageToken && nextPageToken.length > 0 && !signal?.aborted);
}

/** The first execution of an agent's present attempt; the latest where the first is forgotten already. */
async function firstExecution(client: Client, agentId: string): Promise<string> {
  const latest = await client.workflow.getHandle(agentId).describe();
  const first = latest.raw.workflowExecutionInfo?.firstRunId || latest.runId;
  if (first === latest.runId) return first;
  try {
    await client.workflow.getHandle(agentId, first).describe();
    return first;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return latest.runId;
    throw error;
  }
}
