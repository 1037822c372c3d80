import type { PreparedAgent } from '../agent/agent-arguments.ts';
import type { ArtifactReference } from '../artifacts/store.ts';
import type { StoredValue } from '../artifacts/stored-value.ts';
import type { RunEvent } from '../client/run-events.ts';

/** Where the texts of an agent are that has not written its results yet. */
export interface LiveAgent {
  lineage: string;
  prepared: PreparedAgent | null;
  iterations: Map<number, { transcript: ArtifactReference; output: ArtifactReference | null }>;
  /** What calls without an answer ask. */
  asked: Map<string, StoredValue>;
  output: StoredValue | null;
}

/** Takes one more event into what is known of where texts are. */
export function noteTexts(agents: Map<string, LiveAgent>, event: RunEvent): void {
  const agent = agents.get(event.agentId) ?? newLiveAgent();
  agents.set(event.agentId, agent);
  switch (event.type) {
    case 'agent-started':
      agent.lineage = event.lineage ?? '';
      break;
    case 'agent-prepared':
      agent.prepared = event.prepared;
      break;
    case 'model-replied':
      agent.iterations.set(event.iteration, { transcript: event.transcript, output: null });
      break;
    case 'cell-ended': {
      const iteration = agent.iterations.get(event.iteration);
      if (iteration) iteration.output = event.output;
      agent.asked.clear();
      break;
    }
    case 'call-started':
      if (event.callId !== undefined && event.asked) agent.asked.set(event.callId, event.asked);
      break;
    case 'call-ended':
      if (event.callId !== undefined) agent.asked.delete(event.callId);
      break;
    case 'agent-ended':
      agent.output = event.output ?? null;
      agent.asked.clear();
      break;
    default:
  }
}

function newLiveAgent(): LiveAgent {
  return { lineage: '', prepared: null, iterations: new Map(), asked: new Map(), output: null };
}

/** The event as the page needs it: without texts, which it reads when somebody looks at them. */
export function withoutTexts(event: RunEvent): RunEvent {
  switch (event.type) {
    case 'agent-prepared':
      return { ...event, prepared: { ...event.prepared, inputs: [], tools: [], instructions: null } };
    case 'model-replied':
      return { ...event, code: event.code === null ? null : '', reasoning: '' };
    case 'call-started':
      return { ...event, asked: null };
    default:
      return event;
  }
}
