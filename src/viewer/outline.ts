import type { AgentError, Finish, Status } from '../agent/agent-result.ts';
import type { Limits } from '../agent/limits.ts';
import { firstAttemptOf } from '../agent/names.ts';
import type { Usage } from '../agent/usage.ts';
import type { CellStatus } from '../repl/protocol.ts';

/**
 * What the page knows of a whole run: who there is and what happened when, without the texts, which are read one by one
 * when somebody looks at them. Times are milliseconds since the epoch.
 */
export interface RunOutline {
  runId: string;
  /** Whether a scripted model answered; null until that is known. */
  scripted: boolean | null;
  signature: string | null;
  limits: Limits | null;
  repository: string | null;
  commit: string | null;
  agents: Map<string, AgentOutline>;
}

export interface AgentOutline {
  agentId: string;
  parentId: string | null;
  depth: number;
  task: string;
  model: string | null;
  status: 'running' | Status;
  finish: Finish | null;
  error: AgentError | null;
  /** The beginning of its answer. */
  answer: string | null;
  hasPatch: boolean;
  startedAt: number;
  endedAt: number | null;
  parentIteration: number | null;
  /** Of the agent alone. */
  usage: Usage;
  recoveries: number;
  /** What is worth knowing of how it went. */
  remarks: string[];
  /** No model call of it starts until it is resumed. */
  paused: boolean;
  iterations: IterationOutline[];
  children: string[];
  /** What it does now, in a few words. */
  doing: string;
  /** The extraction of an answer at a limit. */
  extraction: { startedAt: number; endedAt: number | null; reason: string } | null;
  sandboxId: string | null;
}

export interface IterationOutline {
  index: number;
  startedAt: number;
  /** When the model had replied. */
  repliedAt: number | null;
  endedAt: number | null;
  /** `no-code`: the reply held none. Null while it goes on, or where it was cut off. */
  status: CellStatus | 'no-code' | null;
  /** The beginning of what its cell showed. */
  preview: string;
  calls: CallOutline[];
  /** Calls beyond those that are told one by one. */
  furtherCalls: number;
}

export interface CallOutline {
  /** Unique within the iteration. */
  key: string;
  function: string;
  count: number;
  failed: number;
  status: 'running' | 'ok' | 'error' | 'refused' | 'cancelled';
  startedAt: number;
  endedAt: number | null;
  agents: string[];
  costUsd: number | null;
  /** Of a batch that is answered in parts: where those begin that have begun, and that have ended. */
  begun: number[];
  ended: number[];
}

/** How the sub-agents of a call stand; of one that was started afresh, the latest attempt counts. */
export function standingOf(
  { agents }: RunOutline,
  call: CallOutline,
): { done: number; running: number; failed: number } {
  const latest = new Map(call.agents.map((agentId) => [firstAttemptOf(agentId), agents.get(agentId)]));
  const count = (isIt: (status: AgentOutline['status']) => boolean) =>
    [...latest.values()].filter((agent) => agent && isIt(agent.status)).length;
  return {
    done: count((status) => status === 'completed'),
    running: count((status) => status === 'running'),
    failed: count((status) => status === 'failed' || status === 'cancelled'),
  };
}

/** A cell may make thousands of calls; so many of an iteration are told one by one. */
export const toldCalls = 500;

/** How much of an answer stands in the tree. */
export const answerCharacters = 300;

/** The outline as it crosses from server to page. */
export type OutlineMessage = Omit<RunOutline, 'agents'> & { agents: AgentOutline[] };

export function toMessage({ agents, ...outline }: RunOutline): OutlineMessage {
  return { ...outline, agents: [...agents.values()] };
}

export function fromMessage({ agents, ...outline }: OutlineMessage): RunOutline {
  return { ...outline, agents: new Map(agents.map((agent) => [agent.agentId, agent])) };
}

/** An answer on a line: a lone text as it is, anything else as JSON. */
export function answerText(output: unknown): string | null {
  if (output === null || output === undefined) return null;
  const values = typeof output === 'object' ? Object.values(output) : [output];
  const [only] = values;
  const text = values.length === 1 && typeof only === 'string' ? only : JSON.stringify(output);
  return text.slice(0, answerCharacters);
}

/** Says that a conversation was shortened. */
export function compactedText(afterIteration: number): string {
  return `its conversation up to iteration ${afterIteration} was shortened to a summary`;
}
