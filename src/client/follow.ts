import type { Client } from '@temporalio/client';
import { agentHistory } from './agent-history.ts';
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
        // Once it was told to stop, that is what makes it fail.
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
  const reader = new HistoryReader(agentId, client.options.loadedDataConverter.externalStorage);
  for await (const events of agentHistory(client, agentId, { follow: true, signal })) {
    for (const event of events) {
      for (const happening of await reader.read(event)) emit(happening);
    }
  }
}
