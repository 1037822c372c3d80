import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { type Answer, Refusal } from './answer.ts';
import type { Faults } from './faults.ts';

/** `api`: the control plane; `toolbox`: a sandbox's daemon through the proxy; `preview`: a port of a sandbox. */
export type ServicePart = 'api' | 'toolbox' | 'preview';

/** One request. */
export interface Exchange {
  part: ServicePart;
  method: string;
  /** Path and query, as asked. */
  path: string;
  url: URL;
  request: IncomingMessage;
  /** All that was sent with it. Previews have none of it: they pass on what comes as it comes. */
  body: () => Promise<Buffer>;
  /** Aborted when whoever asked has gone. */
  signal: AbortSignal;
}

/** What was asked, in order of arrival. */
export interface LoggedRequest {
  part: ServicePart;
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  /** Null while it is not answered, and where the connection was cut. */
  status: number | null;
}

export interface ListenerOptions {
  part: ServicePart;
  log: LoggedRequest[];
  faults: Faults;
  act: (exchange: Exchange) => Promise<Answer>;
  /** How this part words a refusal. */
  word: (exchange: Exchange, refusal: Refusal) => Answer;
}

/** Logs a request, answers it or meets it with its fault, and sends what came of it. */
export function listener({ part, log, faults, act, word }: ListenerOptions): RequestListener {
  return (request, response) => {
    const method = request.method ?? 'GET';
    const path = request.url ?? '/';
    const logged: LoggedRequest = { part, method, path, headers: request.headers, status: null };
    log.push(logged);
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const url = new URL(path, 'http://stand-in');
    const body = readAhead(part, request);
    const exchange: Exchange = { part, method, path, url, request, body, signal: gone.signal };
    const answering = faults
      .meet(exchange, () => act(exchange))
      .catch((error: unknown) => word(exchange, error instanceof Refusal ? error : unexpected(error)));
    void answering.then(async (answer) => {
      logged.status = answer?.status ?? null;
      await send(request, response, answer);
    });
  };
}

/** Reads a request as it arrives: who asked may be gone when it is looked at. */
function readAhead(part: ServicePart, request: IncomingMessage): () => Promise<Buffer> {
  if (part === 'preview') return () => Promise.resolve(Buffer.alloc(0));
  const reading = buffer(request);
  reading.catch(() => {}); // whoever needs it learns of it
  return () => reading;
}

function unexpected(error: unknown): Refusal {
  if (error instanceof z.ZodError) return new Refusal(400, z.prettifyError(error), 'INVALID_REQUEST_BODY');
  return new Refusal(500, `the stand-in failed: ${error instanceof Error ? error.stack : String(error)}`);
}

async function send(request: IncomingMessage, response: ServerResponse, answer: Answer | null): Promise<void> {
  if (answer === null) {
    request.socket.destroy();
    return;
  }
  request.resume(); // what nobody read would hold the connection
  const { status, headers = {}, body } = answer;
  if (body === undefined) {
    response.writeHead(status, headers).end();
  } else if ('json' in body) {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
    response.end(JSON.stringify(body.json) ?? '');
  } else if ('text' in body) {
    response.writeHead(status, headers).end(body.text);
  } else {
    response.writeHead(status, headers).flushHeaders();
    // Either side may go in the middle; the pipeline ends the other.
    await pipeline(body.stream, response).catch(() => {});
  }
}
