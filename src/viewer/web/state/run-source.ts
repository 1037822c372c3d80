import type { PartialReply } from '../../../activities/partial-reply.ts';
import type { RunEvent } from '../../../client/run-events.ts';
import type { RunDocument } from '../../../results/run-document.ts';
import type { AgentDetail, CallDetail, IterationDetail } from '../../details.ts';
import { agentDetailOf, callDetailOf, findAgent, iterationDetailOf } from '../../details-of-document.ts';
import type { LiveOutput } from '../../live-output.ts';
import type { OutlineMessage, RunOutline } from '../../outline.ts';
import { fromMessage } from '../../outline.ts';
import { outlineOfDocument } from '../../outline-documents.ts';
import type { FeedState } from '../../run-feed.ts';
import { askServer } from './ask-server.ts';
import { openStream } from './event-stream.ts';

export interface RunListener {
  snapshot(outline: RunOutline, state: FeedState): void;
  events(events: RunEvent[]): void;
  state(state: FeedState, problem: string | null): void;
  connection(connected: boolean): void;
}

/** Where the data of one run comes from. */
export interface RunSource {
  readonly runId: string;
  /** Whether there is a server behind it. */
  readonly isLive: boolean;
  /** Tells what is known and what happens, until the returned function is called. */
  listen(listener: RunListener): () => void;
  agent(agentId: string): Promise<AgentDetail | null>;
  input(agentId: string, name: string): Promise<unknown>;
  iteration(agentId: string, index: number): Promise<IterationDetail | null>;
  call(agentId: string, index: number, key: string): Promise<CallDetail | null>;
  /** What a running cell has shown since a cursor; null where that cannot be seen. */
  output(agentId: string, index: number, after: number): Promise<LiveOutput | null>;
  /** What an agent's model has said so far of the reply that it is writing; null where that cannot be seen. */
  reply(agentId: string): Promise<PartialReply | null>;
  results(): Promise<RunDocument | null>;
}

/** A run that the server knows. */
export function serverSource(runId: string): RunSource {
  return {
    runId,
    isLive: true,
    listen({ snapshot, events, state, connection }) {
      const handlers = {
        snapshot: (message: { outline: OutlineMessage; state: FeedState }) =>
          snapshot(fromMessage(message.outline), message.state),
        events,
        state: (message: { state: FeedState; problem: string | null }) => state(message.state, message.problem),
      };
      return openStream(`/api/run?run=${encodeURIComponent(runId)}`, handlers, connection);
    },
    agent: (agent) => askServer('/api/agent', { agent }),
    input: (agent, name) => askServer('/api/input', { agent, name }),
    iteration: (agent, iteration) => askServer('/api/iteration', { agent, iteration }),
    call: (agent, iteration, call) => askServer('/api/call', { agent, iteration, call }),
    output: (agent, iteration, after) => askServer('/api/output', { agent, iteration, after }),
    reply: (agent) => askServer('/api/reply', { agent }),
    results: () => askServer('/api/results', { run: runId }),
  };
}

/** A run whose results are here. */
export function documentSource(document: RunDocument): RunSource {
  const agentOf = (agentId: string) => findAgent(document, agentId);
  return {
    runId: document.runId,
    isLive: false,
    listen({ snapshot }) {
      snapshot(outlineOfDocument(document), 'ended');
      return () => {};
    },
    async agent(agentId) {
      const agent = agentOf(agentId);
      return agent && agentDetailOf(agent, document);
    },
    input: async () => undefined,
    async iteration(agentId, index) {
      const agent = agentOf(agentId);
      return agent && iterationDetailOf(agent, index);
    },
    async call(agentId, index, key) {
      const agent = agentOf(agentId);
      return agent && callDetailOf(agent, index, key);
    },
    output: async () => null,
    reply: async () => null,
    results: async () => document,
  };
}
