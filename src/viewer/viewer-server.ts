import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ZodError } from 'zod';
import { UsageError } from '../errors.ts';
import type { RunDocument } from '../results/run-document.ts';
import { sendJson, ViewerApi, type ViewerSource } from './api.ts';
import { contentSecurityPolicy, type PageFiles, readPage } from './page-files.ts';
import { guardFor, isLoopback, judgeRequest } from './request-guard.ts';

export interface ViewerOptions {
  /** Default: 8000. 0: any. */
  port?: number;
  /** Default: `127.0.0.1`. Elsewhere a token is needed. */
  host?: string;
  /** Asked of everybody. */
  token?: string | null;
  /** Where the built page is. Default: where the build puts it. */
  pageDirectory?: string;
}

/** Somebody else listens at the port. */
export class PortTaken extends UsageError {}

export interface RunningViewer extends AsyncDisposable {
  /** Where a browser finds it; with the token, where one is asked for. */
  url: string;
}

/**
 * Serves the viewer: the page, and the data of runs or of one results document.
 *
 * Throws `UsageError` when the port is taken, the page is not built, or an address that others reach has no token.
 */
export async function startViewer(
  from: ViewerSource | { document: RunDocument },
  { port = 8_000, host = '127.0.0.1', token = null, pageDirectory }: ViewerOptions = {},
): Promise<RunningViewer> {
  if (token === null && !isLoopback(host)) throw new UsageError(`${host} is reached by others: a token is needed`);
  const page = readPage(pageDirectory);
  const guard = guardFor(host, token);
  const api = new ViewerApi(from);
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const verdict = judgeRequest(request, guard);
    if (verdict.kind === 'refused') return sendJson(response, { error: verdict.reason }, verdict.status);
    if (verdict.kind === 'redirect') {
      response.writeHead(303, { location: verdict.location, 'set-cookie': verdict.cookie }).end();
      return;
    }
    answer(request, response, page, api).catch((error: unknown) => explain(response, error));
  });
  try {
    await listen(server, port, host);
  } catch (error) {
    await api[Symbol.asyncDispose]();
    throw explainListening(error, host, port);
  }
  const { port: chosen } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${chosen}/${token === null ? '' : `?token=${encodeURIComponent(token)}`}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await api[Symbol.asyncDispose]();
    },
  };
}

/** On every answer. */
const headers = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  page: PageFiles,
  api: ViewerApi,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://viewer');
  if (pathname.startsWith('/api/')) return api.answer(request, response);
  const [type, content] = assets(page)[pathname] ?? [];
  if (type === undefined) return sendJson(response, { error: `there is no ${pathname}` }, 404);
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(content);
}

function assets({ html, script, style }: PageFiles): Record<string, [type: string, content: string]> {
  return {
    '/': ['text/html', html],
    '/assets/app.js': ['text/javascript', script],
    '/assets/app.css': ['text/css', style],
  };
}

function explain(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const [status, message] =
    error instanceof UsageError
      ? [400, error.message]
      : error instanceof ZodError
        ? [400, 'a parameter is not what it must be']
        : [500, error instanceof Error ? error.message : String(error)];
  sendJson(response, { error: message }, status);
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  server.listen(port, host);
  await once(server, 'listening');
}

function explainListening(error: unknown, host: string, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return new PortTaken(`port ${port} is taken; choose another with --port`);
  if (code === 'EACCES') return new UsageError(`port ${port} may not be used here; choose another with --port`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new UsageError(`--host ${host}: this machine has no such address`);
  return error;
}
