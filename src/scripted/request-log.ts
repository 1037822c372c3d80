import type { FaultKind, StatusFault } from './faults.ts';
import type { ScriptedRequest } from './scripted-request.ts';

/** How many of the latest requests are kept. */
const kept = 20_000;

/** So much of a message's beginning is kept, and of its end. */
const keptCharacters = 2_000;

/** One request that the scripted model got. */
export interface LoggedRequest {
  model: string;
  kind: ScriptedRequest['kind'];
  /** Null for a query, as the next two. */
  signature: string | null;
  depth: number | null;
  iteration: number | null;
  messages: number;
  /** The last message; of a long one its beginning and its end. */
  lastMessage: string;
  promptTokens: number;
  cachedTokens: number;
  /** How it was answered: an HTTP status, or the fault that has none, or `abandoned` by the client; null while it runs. */
  outcome: number | Exclude<FaultKind, StatusFault> | 'abandoned' | null;
}

export interface RequestCounts {
  total: number;
  byModel: Record<string, number>;
  byKind: Record<ScriptedRequest['kind'], number>;
  /** Requests answered with a completion. */
  completed: number;
  inFlight: number;
  mostInFlight: number;
}

/** What was asked of the scripted model: the counts of everything, and the latest requests. */
export class RequestLog {
  counts: RequestCounts = noCounts(0);
  requests: LoggedRequest[] = [];

  begin(
    model: string,
    request: ScriptedRequest,
    prompt: { promptTokens: number; cachedTokens: number },
  ): LoggedRequest {
    const { counts } = this;
    counts.total += 1;
    counts.byModel[model] = (counts.byModel[model] ?? 0) + 1;
    counts.byKind[request.kind] += 1;
    counts.inFlight += 1;
    counts.mostInFlight = Math.max(counts.mostInFlight, counts.inFlight);
    const entry = entryOf(model, request, prompt);
    this.requests.push(entry);
    if (this.requests.length > 2 * kept) this.requests = this.requests.slice(-kept);
    return entry;
  }

  /** Only the first end of a request counts. */
  end(entry: LoggedRequest, outcome: NonNullable<LoggedRequest['outcome']>): void {
    if (entry.outcome !== null) return;
    entry.outcome = outcome;
    this.counts.inFlight -= 1;
    if (outcome === 200) this.counts.completed += 1;
  }

  clear(): void {
    this.counts = noCounts(this.counts.inFlight);
    this.requests = [];
  }
}

function noCounts(inFlight: number): RequestCounts {
  const byKind = { agent: 0, summary: 0, extraction: 0, query: 0 };
  return { total: 0, byModel: {}, byKind, completed: 0, inFlight, mostInFlight: inFlight };
}

function entryOf(
  model: string,
  request: ScriptedRequest,
  { promptTokens, cachedTokens }: { promptTokens: number; cachedTokens: number },
): LoggedRequest {
  const conversation = request.kind === 'query' ? null : request.conversation;
  const messages = request.kind === 'query' ? request.query.messages : request.conversation.messages;
  return {
    model,
    kind: request.kind,
    signature: conversation?.signature ?? null,
    depth: conversation?.depth ?? null,
    iteration: conversation?.iteration ?? null,
    messages: messages.length,
    lastMessage: ends(messages.at(-1)?.content ?? ''),
    promptTokens,
    cachedTokens,
    outcome: null,
  };
}

function ends(text: string): string {
  if (text.length <= 2 * keptCharacters) return text;
  return `${text.slice(0, keptCharacters)}\n…\n${text.slice(-keptCharacters)}`;
}
