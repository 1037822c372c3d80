import type {
  Command,
  ErrorResponse,
  ExecuteResponse,
  Session,
  SessionCommandLogsResponse,
  SessionExecuteResponse,
  UserHomeDirResponse,
  WorkDirResponse,
} from '@daytona/toolbox-api-client';
import { type Answer, json, Refusal } from './answer.ts';
import type { Exchange } from './exchange.ts';
import type { Machine } from './machine.ts';
import { readObject } from './request-body.ts';
import { follow, type Route, route } from './routes.ts';
import { runningMachine } from './running-machine.ts';
import type { Sandboxes } from './sandboxes.ts';
import { fileRoutes } from './toolbox-files.ts';

const home = '/home/daytona';

export interface ToolboxProxy {
  sandboxes: Sandboxes;
  apiKey: string;
  /** Whether it has forgotten by now whom it let through to a sandbox that is gone. */
  forgetsDeleted: () => boolean;
}

/** Answers a request below `/toolbox/ID`: the sandbox's own daemon does what is asked. */
export function answerToolbox(proxy: ToolboxProxy, exchange: Exchange): Promise<Answer> {
  const [, , id = '', ...parts] = exchange.url.pathname.split('/');
  const record = proxy.sandboxes.all().find(({ sandbox }) => sandbox.id === id);
  const isForgotten = record === undefined && proxy.forgetsDeleted();
  if (isForgotten || exchange.request.headers.authorization !== `Bearer ${proxy.apiKey}`) {
    throw new Refusal(401, 'unauthorized: authentication failed: Bearer token is invalid', 'UNAUTHORIZED');
  }
  if (record === undefined) throw new Refusal(404, 'not found: sandbox container not found', 'NOT_FOUND');
  const machine = runningMachine(record);
  if (exchange.request.headers['x-daytona-skip-last-activity-update'] !== 'true') {
    record.sandbox.lastActivityAt = new Date().toISOString();
  }
  return follow(routes, machine, exchange, `/${parts.join('/')}`);
}

/** A refusal as the daemon and the proxy before it word it; a sandbox that broke off leaves an empty 502. */
export function wordToolboxRefusal(source: 'DAYTONA_DAEMON' | 'DAYTONA_PROXY') {
  return ({ method, url }: Exchange, { status, message, code }: Refusal): Answer => {
    if (status === 502) return { status };
    const error: Omit<ErrorResponse, 'code'> & { code: string } = {
      statusCode: status,
      message,
      code: code ?? 'INTERNAL_SERVER_ERROR',
      source,
      timestamp: new Date().toISOString(),
      path: url.pathname,
      method,
    };
    return json(error, status);
  };
}

/** A route of which the daemon's reply is the answer. */
function pass<Body>(method: string, path: string, name: string): Route<Machine> {
  return route(method, path, async (machine, exchange, parameters) => {
    const given = method === 'POST' ? await readObject(exchange) : {};
    const { status, body } = await machine.ask({ ...given, ...parameters, call: name });
    return body === null ? { status } : json(body as Body, status);
  });
}

const session = '/process/session/:session';

const routes: Route<Machine>[] = [
  route('GET', '/user-home-dir', () => json<UserHomeDirResponse>({ dir: home })),
  route('GET', '/work-dir', () => json<WorkDirResponse>({ dir: home })),
  route('GET', '/version', () => json({ version: 'v0.218.0' })),
  pass<ExecuteResponse>('POST', '/process/execute', 'execute'),
  pass<Session[]>('GET', '/process/session', 'session.list'),
  pass<null>('POST', '/process/session', 'session.create'),
  pass<Session>('GET', session, 'session.show'),
  pass<null>('DELETE', session, 'session.delete'),
  route('POST', `${session}/exec`, async (machine, exchange, parameters) => {
    const given = await readObject(exchange);
    const { status, body } = await machine.ask({ ...given, ...parameters, call: 'session.execute' });
    return json(body as SessionExecuteResponse, status);
  }),
  pass<Command>('GET', `${session}/command/:command`, 'session.command'),
  pass<SessionCommandLogsResponse>('GET', `${session}/command/:command/logs`, 'session.logs'),
  pass<null>('POST', `${session}/command/:command/input`, 'session.input'),
  pass<null>('POST', '/git/clone', 'git.clone'),
  ...fileRoutes,
];
