import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { answerControlPlane, wordApiRefusal } from './control-plane.ts';
import { type LoggedRequest, listener } from './exchange.ts';
import { type Fault, Faults } from './faults.ts';
import { inspectComputer } from './machine-command.ts';
import { type Blocked, Previews } from './previews.ts';
import { type SandboxView, viewOf } from './sandbox-record.ts';
import { type Quota, Sandboxes } from './sandboxes.ts';
import { answerToolbox, wordToolboxRefusal } from './toolbox.ts';

export interface DaytonaStandInOptions {
  /** How long a new sandbox is `creating`. Default 0: the answer waits until it has started. */
  startMs?: number;
  /** How long a deleted sandbox is still there as `destroying`. Default 0: the answer waits until it is gone. */
  destroyMs?: number;
  /** False: sandboxes have no git. */
  git?: boolean;
  /** False: the user of sandboxes may write to `/home/daytona` and `/tmp` alone. Default: everywhere but to the programs. */
  ownsRoot?: boolean;
  /** The Python executable that sandboxes have. Default: this computer's. */
  python?: string;
  /** The snapshots and targets there are. Default: whatever is asked for. */
  snapshots?: string[];
  targets?: string[];
}

/** Daytona, as far as the SDK's calls go: its control plane, its proxy, and sandboxes that are real isolated processes. */
export interface DaytonaStandIn extends AsyncDisposable {
  readonly apiUrl: string;
  readonly apiKey: string;
  /** What was asked of it, in order. */
  readonly requests: LoggedRequest[];
  /** More sandboxes than that are refused; null: no limit. */
  quota: Quota | null;
  /** How long a list does not know of a new sandbox. Default: 0 ms. */
  listLagMs: number;
  /**
   * How the proxy answers for a sandbox that is gone. False: 404, as it does for two minutes after it last let someone
   * through; true: as to a stranger, as it does later: 401 by the toolbox, the login page by a preview. Default: false.
   */
  forgetsDeleted: boolean;
  /** What exists. */
  sandboxes(): SandboxView[];
  /** The next requests that match go wrong. Several faults for the same request: one after the other. */
  fail(fault: Fault): void;
  /** Takes back the faults that have not met their requests. */
  heal(): void;
  /** As auto-stop does it: an ephemeral sandbox is deleted. */
  stop(idOrName: string): Promise<void>;
  /** As if someone else had deleted it. */
  remove(idOrName: string): Promise<void>;
  /** Tokens and signed links that were given out lead to the login page; new ones are given out. */
  expirePreviewTokens(): void;
  /** True: links to previews are cut as soon as they are asked for something. `hang`: they never answer. */
  blockPreview(blocked: Blocked): Promise<void>;
}

/** Starts a service on a port of this computer. Disposing it leaves nothing. */
export async function startDaytonaStandIn(options: DaytonaStandInOptions = {}): Promise<DaytonaStandIn> {
  const { startMs = 0, destroyMs = 0, git = true, ownsRoot = true, python, snapshots = null, targets = null } = options;
  const directory = await mkdtemp(join(tmpdir(), 'rlm-daytona-'));
  const kind = await inspectComputer({ directory, git, ownsRoot, python });
  const apiKey = `dtn_${randomBytes(16).toString('hex')}`;
  const requests: LoggedRequest[] = [];
  const faults = new Faults();
  const server = createServer();
  const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const toolboxProxyUrl = () => `${origin()}/toolbox`;
  const sandboxes = new Sandboxes({ directory, kind, startMs, destroyMs, snapshots, targets, toolboxProxyUrl });
  const loginUrl = () => `${origin()}/login`;
  const forgetsDeleted = () => service.forgetsDeleted;
  const previews = new Previews({ sandboxes, apiKey, log: requests, faults, loginUrl, forgetsDeleted });

  const service: DaytonaStandIn = {
    get apiUrl() {
      return `${origin()}/api`;
    },
    apiKey,
    requests,
    get quota() {
      return sandboxes.quota;
    },
    set quota(quota) {
      sandboxes.quota = quota;
    },
    listLagMs: 0,
    forgetsDeleted: false,
    sandboxes: () => sandboxes.all().map(viewOf),
    fail: (fault) => faults.add(fault),
    heal: () => faults.clear(),
    stop: (idOrName) => sandboxes.stop(sandboxes.find(idOrName)),
    remove: (idOrName) => sandboxes.destroy(sandboxes.find(idOrName)),
    expirePreviewTokens() {
      sandboxes.renewPreviewTokens();
      previews.expireAllSigned();
    },
    async blockPreview(blocked) {
      previews.blocked = blocked;
      await previews.cutAll();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([close(server), previews[Symbol.asyncDispose](), sandboxes[Symbol.asyncDispose]()]);
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };

  const plane = { apiKey, sandboxes, previews, toolboxProxyUrl, listLagMs: () => service.listLagMs };
  const shared = { log: requests, faults };
  const answerApi = listener({
    ...shared,
    part: 'api',
    act: async (exchange) => answerControlPlane(plane, exchange),
    word: wordApiRefusal,
  });
  const answerDaemon = listener({
    ...shared,
    part: 'toolbox',
    act: async (exchange) => answerToolbox({ sandboxes, apiKey, forgetsDeleted }, exchange),
    word: wordToolboxRefusal('DAYTONA_DAEMON'),
  });
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/toolbox/')) answerDaemon(request, response);
    else if (request.url === '/login') response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Log in</h1>');
    else answerApi(request, response);
  });
  server.on('upgrade', refuseUpgrade);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return service;
}

/** The SDK asks for events over a socket; without them it asks for states again and again, as it also has to. */
function refuseUpgrade(_request: unknown, socket: Duplex): void {
  socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
