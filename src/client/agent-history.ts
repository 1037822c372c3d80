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
  const stop = signal ?? new AbortController().signal;
  let nextPageToken: Uint8Array | null | undefined = null;
  do {
    const asked = client.connection.withAbortSignal(stop, () =>
      client.workflowService.getWorkflowExecutionHistory(nextPageToken ? { ...request, nextPageToken } : request),
    );
    // The signal does not reach a call that is made again, as when the server was away.
    const page = await unlessAborted(asked, stop);
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

/** What a piece of work gives, or the signal's reason as soon as that is aborted. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const stop = () => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  return promise;
}
