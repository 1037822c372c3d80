import type { ModelUsage } from '../agent/usage.ts';

export interface Message {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface CompletionRequest {
  /** `provider/name`, such as `openrouter/google/gemini-3-flash-preview` or `scripted/primes`. */
  model: string;
  messages: Message[];
  /** Asks for a JSON object that matches this schema, where the provider can. */
  jsonSchema?: Record<string, unknown>;
  /** Default: 600,000 ms. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /**
   * Told what has been said while the reply is being written. With it the reply is asked for in pieces, unless the
   * settings say that the server has none.
   */
  onProgress?: (progress: ReplyProgress) => void;
  /** What is asked for beside the messages: `temperature`, `max_tokens`, `reasoning_effort` … */
  parameters?: Record<string, unknown>;
}

/** All that has been said so far of a reply. */
export interface ReplyProgress {
  text: string;
  reasoning: string;
}

export interface Completion {
  /** Empty when the provider sent none. */
  text: string;
  /** What a reasoning model said of its thoughts, apart from the text. */
  reasoning: string | null;
  finishReason: string | null;
  usage: ModelUsage;
}

/** Asks models, one attempt per request. Throws `ModelError`, whose kind says whether to try again. */
export interface ModelClient extends AsyncDisposable {
  complete(request: CompletionRequest): Promise<Completion>;
  /** Throws `UsageError` when the model's provider is unknown or the key for it is missing, naming the variables. */
  check(model: string): void;
}
