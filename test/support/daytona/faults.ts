import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { Answer } from './answer.ts';
import type { Exchange, ServicePart } from './exchange.ts';

/** What goes wrong with a request. */
export type FaultKind =
  /** Answers, and does nothing. */
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body?: unknown }
  /** Does what was asked, then cuts the connection instead of answering; after `afterMs` even if it is not done yet. */
  | { kind: 'lose-answer'; afterMs?: number }
  /** Cuts the connection, and does nothing. */
  | { kind: 'cut'; afterMs?: number }
  /** Waits, then does what was asked. */
  | { kind: 'delay'; ms: number }
  /** Never answers, and does nothing. */
  | { kind: 'hang' };

export interface Fault {
  /** `path` is tried on path and query, such as `/api/sandbox?limit=1` or `/toolbox/ID/process/execute`. Default: any. */
  match?: { part?: ServicePart; method?: string; path?: RegExp };
  how: FaultKind;
  /** How many requests it meets. Default: 1. */
  times?: number;
}

/** A rate limit as the service answers it: the header's name carries the name of the limit. */
export function rateLimited(retryAfterSeconds: number, limit = 'sandbox-create'): FaultKind {
  return {
    kind: 'answer',
    status: 429,
    headers: {
      [`X-RateLimit-Limit-${limit}`]: '300',
      [`X-RateLimit-Remaining-${limit}`]: '0',
      [`X-RateLimit-Reset-${limit}`]: `${retryAfterSeconds}`,
      [`Retry-After-${limit}`]: `${retryAfterSeconds}`,
    },
    body: { statusCode: 429, error: 'Too Many Requests', message: 'ThrottlerException: Too Many Requests' },
  };
}

/** The service's own failure. */
export function internalError(): FaultKind {
  return {
    kind: 'answer',
    status: 500,
    body: { statusCode: 500, error: 'Internal Server Error', message: 'An unexpected error occurred.' },
  };
}

/** Faults that wait for their requests. */
export class Faults {
  readonly #waiting: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#waiting.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#waiting.length = 0;
  }

  /** Answers a request, or meets it with its fault; null where the connection is to be cut. */
  async meet(exchange: Exchange, act: () => Promise<Answer>): Promise<Answer | null> {
    const how = this.#take(exchange);
    switch (how?.kind) {
      case undefined:
        return act();
      case 'answer':
        return { status: how.status, headers: how.headers ?? {}, ...bodyOf(how.body) };
      case 'delay':
        await setTimeout(how.ms);
        return act();
      case 'cut':
        await setTimeout(how.afterMs ?? 0);
        return null;
      case 'lose-answer':
        await loseAnswer(act(), how.afterMs);
        return null;
      case 'hang':
        if (!exchange.signal.aborted) await once(exchange.signal, 'abort');
        return null;
    }
  }

  #take(exchange: Exchange): FaultKind | undefined {
    const found = this.#waiting.find(({ fault: { match = {} } }) => {
      if (match.part !== undefined && match.part !== exchange.part) return false;
      if (match.method !== undefined && match.method !== exchange.method) return false;
      return match.path === undefined || match.path.test(exchange.path);
    });
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.#waiting.splice(this.#waiting.indexOf(found), 1);
    return found.fault.how;
  }
}

async function loseAnswer(answer: Promise<Answer>, afterMs: number | undefined): Promise<void> {
  const lost = answer.then(
    ({ body }) => {
      if (body !== undefined && 'stream' in body) body.stream.destroy();
    },
    () => {}, // what nobody hears of needs no words
  );
  await (afterMs === undefined ? lost : Promise.race([lost, setTimeout(afterMs)]));
}

function bodyOf(body: unknown): Pick<Answer, 'body'> {
  if (body === undefined) return {};
  return { body: typeof body === 'string' ? { text: body } : { json: body } };
}
