import type { Client } from '@temporalio/client';
import { agentHistory } from './agent-history.ts';
import { HistoryReader } from './history-events.ts';
import type { RunEvent } from './run-events.ts';

/** What has happened in a run so far, or in one agent of it and below, in the order of time. */
export async function readEvents(client: Client, agentId: string): Promise<RunEvent[]> {
  const reader = new HistoryReader(agentId, client.options.loadedDataConverter.externalStorage);
  const own: RunEvent[] = [];
  for await (const events of agentHistory(client, agentId)) {
    for (const event of events) own.push(...(await reader.read(event)));
  }
  const below = own.map((event) => (event.type === 'sub-agent-started' ? readEvents(client, event.subAgentId) : []));
  return [...own, ...(await Promise.all(below)).flat()].sort((a, b) => a.at - b.at);
}
