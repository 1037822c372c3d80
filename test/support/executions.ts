import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { agentHistory } from '../../src/client/agent-history.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

export interface Execution {
  runId: string;
  history: { events: HistoryEvent[] };
}

/** The executions of an agent's workflow, of which each continued the one before as new. */
export async function executionsOf(client: Client, agentId: string): Promise<Execution[]> {
  const executions: Execution[] = [];
  for await (const events of agentHistory(client, agentId)) {
    for (const event of events) {
      const started = event.workflowExecutionStartedEventAttributes;
      if (started) executions.push({ runId: started.originalExecutionRunId ?? '', history: { events: [] } });
      executions.at(-1)?.history.events.push(event);
    }
  }
  return executions;
}
