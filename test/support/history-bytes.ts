import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { executionsOf } from './executions.ts';

const { HistoryEvent } = proto.temporal.api.history.v1;

export interface HistoryBytes {
  /** Of each execution. */
  executions: number[];
  /** From one iteration's model call to the next one's. */
  iterations: number[];
}

/** How many bytes the history of an agent has. */
export async function historyBytes(client: Client, agentId: string): Promise<HistoryBytes> {
  const sizes: HistoryBytes = { executions: [], iterations: [] };
  for (const { history } of await executionsOf(client, agentId)) {
    let sum = 0;
    for (const event of history.events) {
      const bytes = HistoryEvent.encode(event).finish().byteLength;
      if (event.activityTaskScheduledEventAttributes?.activityType?.name === 'callModel') sizes.iterations.push(0);
      if (sizes.iterations.length > 0) sizes.iterations.push((sizes.iterations.pop() ?? 0) + bytes);
      sum += bytes;
    }
    sizes.executions.push(sum);
  }
  return sizes;
}

/** The mean of the iterations around one of them. */
export function bytesAround({ iterations }: HistoryBytes, iteration: number): number {
  const near = iterations.slice(iteration - 6, iteration + 5);
  return near.reduce((sum, bytes) => sum + bytes, 0) / near.length;
}
