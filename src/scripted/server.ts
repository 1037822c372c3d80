import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { ChatHandler, type RequestObserver } from './chat-handler.ts';
import { Control, controlState } from './control.ts';
import { errorBody, type FaultOrder, FaultQueue } from './faults.ts';
import { readJson, sendJson } from './json-exchange.ts';
import type { ScriptSource } from './load-scripts.ts';
import { type LoggedRequest, type RequestCounts, RequestLog } from './request-log.ts';

/** Longer than clients keep idle connections, so that the server never closes one that is being used again. */
const keepAliveMs = 120_000;

export interface ScriptedServerOptions {
  /** By name, which is the model's name. */
  scripts: Readonly<Record<string, ScriptSource>>;
  /** How long each request waits before it is answered. Default: 0. */
  latencyMs?: number;
  /** Default: a free one. */
  port?: number;
  /** Told of each request of a model; what it returns is called right before the request's completion is sent. */
  onRequest?: RequestObserver;
}

/** A running scripted model. */
export interface ScriptedServer extends AsyncDisposable {
  /** The base URL for OpenAI clients, `http://127.0.0.1:PORT/v1`. */
  readonly url: string;
  /** The latest requests, oldest first. */
  readonly requests: readonly LoggedRequest[];
  readonly counts: Readonly<RequestCounts>;
  latencyMs: number;
  /** Lets the next requests that match fail. Orders are carried out one after another. */
  failNext(order: FaultOrder): void;
  /** Forgets requests, counts, ordered faults and the prefix cache. */
  reset(): void;
}

/**
 * Starts an OpenAI-compatible server on the loopback interface whose models are scripts. `POST /control` does what the
 * methods do, for other processes; `GET /control` shows counts and requests.
 */
export async function startScriptedServer(options: ScriptedServerOptions): Promise<ScriptedServer> {
  const log = new RequestLog();
  const faults = new FaultQueue();
  const chat = new ChatHandler(options.scripts, log, faults, options.latencyMs ?? 0, options.onRequest);

  const server = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 400, errorBody('invalid_request_error', messageOf(error)));
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (`${request.method} ${request.url}`) {
      case 'POST /v1/chat/completions':
        return chat.handle(await readJson(request), response);
      case 'GET /v1/models':
        return sendJson(response, 200, modelList(Object.keys(options.scripts)));
      case 'POST /control':
        applyControl(Control.parse(await readJson(request)));
        return sendJson(response, 200, controlState(log));
      case 'GET /control':
        return sendJson(response, 200, controlState(log));
      default:
        return sendJson(response, 404, errorBody('not_found', `no such path: ${request.method} ${request.url}`));
    }
  }

  function reset(): void {
    log.clear();
    faults.clear();
    chat.forget();
  }

  function applyControl(control: Control): void {
    if (control.reset) reset();
    if (control.latencyMs !== undefined) chat.latencyMs = control.latencyMs;
    for (const order of control.fail ?? []) faults.add(order);
  }

  const port = await listen(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    get requests() {
      return log.requests;
    },
    get counts() {
      return log.counts;
    },
    get latencyMs() {
      return chat.latencyMs;
    },
    set latencyMs(latencyMs) {
      chat.latencyMs = latencyMs;
    },
    failNext: (order) => faults.add(order),
    reset,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function modelList(names: readonly string[]) {
  return { object: 'list', data: names.map((id) => ({ id, object: 'model', created: 0, owned_by: 'scripted' })) };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function messageOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : String(error);
}
