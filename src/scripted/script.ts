import type { Message } from '../model/model-client.ts';
import type { Fault } from './faults.ts';

/** What an agent's request says of where the agent is. */
export interface Conversation {
  /** The text of the signature, such as `question: str -> answer: str`. */
  signature: string;
  /** 0 for the root. */
  depth: number;
  /** 1 for the agent's first request. */
  iteration: number;
  /** The first user message: the task and its inputs. */
  firstMessage: string;
  /** What the last cell showed, or null in the first iteration. */
  lastObservation: string | null;
  messages: readonly Message[];
}

/** A request outside an agent's loop: a prompt of `llm_query`. */
export interface Query {
  prompt: string;
  /** The schema that the answer must match, where one was asked for. */
  jsonSchema: Record<string, unknown> | null;
  messages: readonly Message[];
}

/** A reply with more than its text. */
export interface DetailedReply {
  /** Null as some providers send it. */
  content: string | null;
  reasoning?: string;
  /** Replaces what is estimated from the text. */
  usage?: { promptTokens?: number; cachedTokens?: number; completionTokens?: number };
  /** How its text comes to clients who ask for it in pieces. Default: at once. */
  pieces?: (content: string) => AsyncIterable<string>;
  /** Waited for in addition to the server's latency. */
  delayMs?: number;
  /** Fails instead: each time, or the first `times` times that this very request is made. */
  fail?: Fault & { times?: number };
}

/** What the scripted model says. A string is the text of the reply. */
export type Reply = string | DetailedReply;

type Awaitable<T> = T | Promise<T>;

/**
 * An agent's replies by iteration, whose last one repeats; or such a list for each depth, whose last one serves all
 * deeper agents; or a function.
 */
export type AgentReplies =
  | readonly Reply[]
  | readonly (readonly Reply[])[]
  | ((conversation: Conversation) => Awaitable<Reply>);

/** A model whose replies are decided beforehand. */
export interface Script {
  name: string;
  agent: AgentReplies;
  /** Default: says that it is scripted, and the beginning of the prompt; or the simplest value of the schema. */
  query?: (prompt: string, query: Query) => Awaitable<Reply>;
  /** The summary of an agent's work, when its conversation is shortened. Default: says that it is scripted. */
  summary?: (conversation: Conversation) => Awaitable<Reply>;
  /** Tokens that a conversation may have: a longer one is refused as providers refuse it. Default: any number. */
  contextWindow?: number;
  /** The answer to the request for the output fields at a limit. Default: the simplest value of the schema. */
  extraction?: (conversation: Conversation, jsonSchema: Record<string, unknown>) => Awaitable<Reply>;
}

/** Declares a script; the default export of a script's module. */
export function defineScript(script: Script): Script {
  return script;
}
