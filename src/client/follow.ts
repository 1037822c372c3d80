import type { Client } from '@temporalio/client';
import { HistoryReader } from './history-events.ts';
import type { RunEvent } from './run-events.ts';

/**
 * Follows a run, from its start to its end, agent by agent through their histories; a run that has ended is told from its
 * start all the same. Needs no worker.
 */
export async function* followRun(client: Client, runId: string, signal?: AbortSignal): AsyncGenerator<RunEvent> {
  const ended = new AbortController();
  const stop = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
  const waiting: RunEvent[] = [];
  let following = 0;
  let failure: unknown = null;
  let wake = () => {};

  const follow = (agentId: string) => {
    following += 1;
    followAgent(client, agentId, stop, (event) => {
      waiting.push(event);
      if (event.type === 'sub-agent-started') follow(event.subAgentId);
      wake();
    })
      .catch((error: unknown) => {
        if (!stop.aborted) failure ??= error;
      })
      .finally(() => {
        following -= 1;
        wake();
      });
  };

  follow(runId);
  try {
    for (;;) {
      const event = waiting.shift();
      if (event) yield event;
      else if (failure) throw failure;
      else if (following === 0 || signal?.aborted) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    ended.abort();
  }
}

async function followAgent(
  client: Client,
  agentId: string,
  signal: AbortSignal,
  emit: (event: RunEvent) => void,
): Promise<void> {
  const reader = new HistoryReader(agentId);
  const request = {
    namespace: client.options.namespace,
    execution: { workflowId: agentId },
    waitNewEvent: true,
  };
  let nextPageToken: Uint8Array | null | undefined = null;
  do {
    const page = await client.connection.withAbortSignal(signal, () =>
      client.workflowService.getWorkflowExecutionHistory(nextPageToken ? { ...request, nextPageToken } : request),
    );
    for (const event of page.history?.events ?? []) {
      for (const happening of reader.read(event)) emit(happening);
    }
    nextPageToken = page.nextPageToken;
  } while (nextPageToken && nextPageToken.length > 0 && !signal.aborted);
}
