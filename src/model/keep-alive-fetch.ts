import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';

/** A connection that nobody used for this long is closed: load balancers drop idle ones silently. */
const idleMs = 30_000;

/** The part of `fetch` that the `openai` client needs for requests with a text body. */
export interface KeepAliveFetch {
  fetch: typeof globalThis.fetch;
  /** Closes the connections that are kept. */
  close(): void;
}

/**
 * `fetch` on `node:http`, for two reasons. A batch of queries takes about 40% less time than through the global one
 * (measured: 1,000 completions in 0.28 s against 0.47 s). And the global one gives up after five minutes without
 * headers, which a reasoning model may take. Honours `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, but never sends
 * requests for this machine to a proxy.
 */
export function createKeepAliveFetch(environment: NodeJS.ProcessEnv = process.env): KeepAliveFetch {
  const agentOptions = { keepAlive: true, timeout: idleMs, proxyEnv: proxySettings(environment) };
  const http = new HttpAgent(agentOptions);
  const https = new HttpsAgent(agentOptions);

  async function keepAliveFetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    const url = input instanceof Request ? input.url : input;
    const secure = url.toString().startsWith('https:');
    const body = typeof init.body === 'string' ? init.body : '';
    const options: RequestOptions = {
      method: init.method ?? 'GET',
      headers: { ...plainHeaders(init.headers), 'content-length': Buffer.byteLength(body) },
      agent: secure ? https : http,
    };
    const request = secure ? httpsRequest(url, options) : httpRequest(url, options);
    return await exchange(request, body, init.signal ?? null);
  }

  return {
    fetch: keepAliveFetch,
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

function proxySettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { no_proxy, NO_PROXY = no_proxy, ...others } = environment;
  return { ...others, NO_PROXY: [NO_PROXY, 'localhost', '127.0.0.1', '[::1]'].filter(Boolean).join(',') };
}

/** Sends the body and collects the whole reply, but for one of events; the signal ends both, and its reason is thrown. */
function exchange(request: ClientRequest, body: string, signal: AbortSignal | null): Promise<Response> {
  return new Promise((resolve, reject) => {
    const abort = () => request.destroy(signal?.reason);
    const fail = (error: Error) => {
      signal?.removeEventListener('abort', abort);
      reject(signal?.aborted ? signal.reason : error);
    };
    request.once('error', fail);
    request.once('response', (message) => {
      if (message.headers['content-type']?.startsWith('text/event-stream')) {
        message.once('close', () => signal?.removeEventListener('abort', abort));
        resolve(responseOf(message, Readable.toWeb(message)));
        return;
      }
      const chunks: Buffer[] = [];
      message.on('data', (chunk: Buffer) => chunks.push(chunk));
      message.once('error', fail);
      message.once('end', () => {
        signal?.removeEventListener('abort', abort);
        resolve(responseOf(message, Buffer.concat(chunks)));
      });
    });
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    else request.end(body);
  });
}

function plainHeaders(headers: RequestInit['headers']): Record<string, string> {
  return Object.fromEntries(headers instanceof Headers ? headers : new Headers(headers));
}

/** Statuses whose `Response` must not be given a body. */
const bodilessStatuses = [204, 205, 304];

function responseOf(message: IncomingMessage, body: Buffer<ArrayBuffer> | ReadableStream<Uint8Array>): Response {
  const status = message.statusCode ?? 0;
  const headers = new Headers();
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    headers.append(message.rawHeaders[index] ?? '', message.rawHeaders[index + 1] ?? '');
  }
  return new Response(bodilessStatuses.includes(status) ? null : body, { status, headers });
}
