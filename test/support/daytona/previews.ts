import { randomBytes } from 'node:crypto';
import { request as ask, createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, Refusal } from './answer.ts';
import { type Exchange, type ListenerOptions, listener } from './exchange.ts';
import { runningMachine } from './running-machine.ts';
import type { Sandboxes } from './sandboxes.ts';
import { wordToolboxRefusal } from './toolbox.ts';

/** How links to previews cannot be reached: connections are cut, or nothing ever answers. */
export type Blocked = false | true | 'hang';

export interface PreviewsOptions extends Pick<ListenerOptions, 'log' | 'faults'> {
  sandboxes: Sandboxes;
  apiKey: string;
  /** Where someone without a token is sent. */
  loginUrl: () => string;
  /** Whether it has forgotten by now whom it let through to a sandbox that is gone. */
  forgetsDeleted: () => boolean;
}

interface Door {
  sandboxId: string;
  port: number;
  /** A signed link needs no header until then; null: the link needs one. */
  openUntil: number | null;
}

const tokenHeader = 'x-daytona-preview-token';
const tokenParameter = 'DAYTONA_SANDBOX_AUTH_KEY';

/** The links that lead to ports of sandboxes. The service has a host name for each; here it is a port of this computer. */
export class Previews {
  blocked: Blocked = false;
  readonly #options: PreviewsOptions;
  readonly #servers = new Map<string, Promise<Server>>();
  readonly #signed = new Map<string, Door>();

  constructor(options: PreviewsOptions) {
    this.#options = options;
  }

  /** The URL of a port, the same each time. */
  open(sandboxId: string, port: number): Promise<string> {
    return this.#url(`${port}-${sandboxId}`, { sandboxId, port, openUntil: null });
  }

  async openSigned(sandboxId: string, port: number, seconds: number): Promise<{ token: string; url: string }> {
    const token = randomBytes(8).toString('hex');
    const door: Door = { sandboxId, port, openUntil: Date.now() + seconds * 1_000 };
    this.#signed.set(token, door);
    return { token, url: await this.#url(`${port}-${token}`, door) };
  }

  expireSigned(token: string): void {
    const door = this.#signed.get(token);
    if (door !== undefined) door.openUntil = 0;
  }

  expireAllSigned(): void {
    for (const token of this.#signed.keys()) this.expireSigned(token);
  }

  /** Cuts the connections there are. */
  async cutAll(): Promise<void> {
    for (const server of await Promise.all(this.#servers.values())) server.closeAllConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of await Promise.all(this.#servers.values())) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  async #url(name: string, door: Door): Promise<string> {
    let serving = this.#servers.get(name);
    if (serving === undefined) {
      serving = this.#serve(door);
      this.#servers.set(name, serving);
    }
    return `http://127.0.0.1:${((await serving).address() as AddressInfo).port}`;
  }

  async #serve(door: Door): Promise<Server> {
    const { log, faults } = this.#options;
    const answer = listener({
      part: 'preview',
      log,
      faults,
      act: (exchange) => this.#answer(door, exchange),
      word: wordToolboxRefusal('DAYTONA_PROXY'),
    });
    const server = createServer((request, response) => {
      if (this.blocked === true) request.socket.destroy();
      else if (this.blocked === false) answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  async #answer(door: Door, exchange: Exchange): Promise<Answer> {
    const { sandboxes, apiKey, loginUrl, forgetsDeleted } = this.#options;
    const toLogin = { status: 307, headers: { location: loginUrl() } };
    const record = sandboxes.all().find(({ sandbox }) => sandbox.id === door.sandboxId);
    if (record === undefined) {
      if (forgetsDeleted()) return toLogin;
      throw new Refusal(404, 'not found: sandbox container not found', 'NOT_FOUND');
    }
    const { headers } = exchange.request;
    const byKey = headers.authorization === `Bearer ${apiKey}`;
    const given = headers[tokenHeader] ?? exchange.url.searchParams.get(tokenParameter);
    const bySignature = door.openUntil !== null && Date.now() < door.openUntil;
    if (!byKey && given !== record.previewToken && !bySignature && !record.sandbox.public) return toLogin;
    if (headers['x-daytona-skip-last-activity-update'] !== 'true') {
      record.sandbox.lastActivityAt = new Date().toISOString();
    }
    const { stream } = await runningMachine(record).call({ call: 'connect', port: door.port });
    const answer = await this.#pass(exchange, stream, door.port, byKey);
    const hopless = Object.entries(answer.headers).filter(([name]) => !hopHeaders.has(name));
    return { status: answer.statusCode ?? 502, headers: Object.fromEntries(hopless), body: { stream: answer } };
  }

  /** Passes a request on as it comes in, and resolves with the answer when its head is there. */
  #pass(exchange: Exchange, stream: NodeJS.ReadWriteStream, port: number, byKey: boolean): Promise<IncomingMessage> {
    const { request, method, url, signal } = exchange;
    const { [tokenHeader]: _token, ...headers } = request.headers;
    if (byKey) delete headers.authorization;
    if (url.searchParams.has(tokenParameter)) url.searchParams.delete(tokenParameter);
    const path = `${url.pathname}${url.search}`;
    return new Promise((resolve, reject) => {
      const onward = ask({
        createConnection: () => stream as never,
        method,
        path,
        headers: { ...headers, host: `localhost:${port}`, 'x-forwarded-host': request.headers.host },
        signal,
      });
      onward.on('response', resolve);
      onward.on('error', () => reject(new Refusal(502, '')));
      request.pipe(onward);
    });
  }
}

const hopHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding']);
