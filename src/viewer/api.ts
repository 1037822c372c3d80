import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { runOf } from '../agent/names.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Settings } from '../config/settings.ts';
import { UsageError } from '../errors.ts';
import { readRun } from '../results/read-run.ts';
import type { RunDocument } from '../results/run-document.ts';
import { EventStream } from './event-stream.ts';
import { RunLister } from './list-runs.ts';
import { LiveOutputReader } from './live-output.ts';
import { type RunOutline, toMessage } from './outline.ts';
import { DetailReader } from './read-details.ts';
import type { RunFeed } from './run-feed.ts';
import { RunFeeds } from './run-feeds.ts';
import { RunListFeed } from './run-list-feed.ts';
import { RunningUsage } from './running-usage.ts';
import { carryOut, VerbRequest, verbNames } from './verbs.ts';

/** Where the page's data comes from. */
export interface ViewerSource {
  client: Client;
  store: ArtifactStore;
  /** Where the Temporal Web UI is; null where that is unknown. */
  uiUrl: string | null;
  settings: Settings;
}

/** What the page is told first. */
export interface ViewerInformation {
  /** `file`: it shows one results file. */
  kind: 'live' | 'file';
  /** Where the Web UI shows a workflow, before its id. */
  workflowUrl: string | null;
  verbs: string[];
}

/** The largest request that the page makes, in bytes. */
const largestRequest = 1_000_000;

/** Answers the page's requests for data. */
export class ViewerApi implements AsyncDisposable {
  private readonly source: ViewerSource | null;
  private readonly document: RunDocument | null;
  private readonly feeds: RunFeeds | null;
  private readonly list: RunListFeed | null;
  private readonly details: DetailReader | null;
  private readonly outputs: LiveOutputReader | null;

  /** @param from Runs, or the results of a single one. */
  constructor(from: ViewerSource | { document: RunDocument }) {
    this.source = 'document' in from ? null : from;
    this.document = 'document' in from ? from.document : null;
    this.feeds = this.source && new RunFeeds(this.source.client, this.source.store);
    this.details = this.source && new DetailReader(this.source.store);
    this.outputs = this.source && new LiveOutputReader(this.source.settings);
    this.list = this.source && new RunListFeed(listerOf(this.source, (runId) => this.feeds?.followed(runId) ?? null));
  }

  /** Answers a request below `/api/`; its verdict was given before. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://viewer');
    const parameters = Object.fromEntries(url.searchParams);
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /api/information':
        return sendJson(response, this.information());
      case 'GET /api/runs':
        return this.streamRuns(response);
      case 'GET /api/run':
        return this.streamRun(response, text(parameters.run, 'run'));
      case 'GET /api/agent':
      case 'GET /api/input':
      case 'GET /api/iteration':
      case 'GET /api/call':
      case 'GET /api/output':
      case 'GET /api/reply':
        return this.sendDetail(response, url.pathname, parameters);
      case 'GET /api/results':
        return this.sendResults(response, parameters.run);
      case 'POST /api/verbs':
        return this.steer(request, response);
      default:
        sendJson(response, { error: `there is no ${request.method} ${url.pathname}` }, 404);
    }
  }

  private information(): ViewerInformation {
    if (this.source === null) return { kind: 'file', workflowUrl: null, verbs: [] };
    const { uiUrl, settings } = this.source;
    const workflowUrl = uiUrl && `${uiUrl}/namespaces/${settings.temporal.namespace}/workflows/`;
    return { kind: 'live', workflowUrl, verbs: [...verbNames] };
  }

  private streamRuns(response: ServerResponse): void {
    const { list } = this;
    if (list === null) {
      noRuns(response);
      return;
    }
    let leave = () => {};
    const stream = new EventStream(response, () => leave());
    leave = list.listen({
      runs: (runs) => stream.send('runs', runs),
      problem: (message) => stream.send('problem', message),
    });
  }

  private streamRun(response: ServerResponse, runId: string): void {
    const { feeds } = this;
    if (feeds === null) {
      noRuns(response);
      return;
    }
    let leave = () => {};
    const stream = new EventStream(response, () => {
      leave();
      feeds.release(runId);
    });
    leave = feeds.open(runId).listen({
      snapshot: (outline, state) => stream.send('snapshot', { outline: toMessage(outline), state }),
      events: (events) => stream.send('events', events),
      state: (state, problem) => stream.send('state', { state, problem }),
    });
  }

  private async sendDetail(
    response: ServerResponse,
    path: string,
    parameters: Record<string, string | undefined>,
  ): Promise<void> {
    if (this.feeds === null || this.details === null) return noRuns(response);
    const agentId = text(parameters.agent, 'agent');
    const feed = this.feeds.open(runOf(agentId));
    await known(feed, agentId);
    // What is not there, or not yet, is no fault: a page asks for what a run is about to have.
    sendJson(response, (await this.readDetail(path, feed, agentId, parameters)) ?? null);
  }

  private readDetail(
    path: string,
    feed: RunFeed,
    agentId: string,
    parameters: Record<string, string | undefined>,
  ): Promise<unknown> {
    const details = this.details as DetailReader;
    const iteration = () => z.coerce.number().int().positive().parse(parameters.iteration);
    if (path === '/api/agent') return details.agent(feed, agentId);
    if (path === '/api/input') return details.input(feed, agentId, text(parameters.name, 'name'));
    if (path === '/api/output') {
      const { sandboxId = null } = feed.outline.agents.get(agentId) ?? {};
      const after = z.coerce.number().int().nonnegative().parse(parameters.after);
      return this.outputs && sandboxId !== null
        ? this.outputs.read(sandboxId, String(iteration()), after)
        : Promise.resolve(null);
    }
    if (path === '/api/reply') return details.reply(feed, agentId);
    if (path === '/api/iteration') return details.iteration(feed, agentId, iteration());
    return details.call(feed, agentId, iteration(), text(parameters.call, 'call'));
  }

  private async sendResults(response: ServerResponse, runId: string | undefined): Promise<void> {
    const document = this.source ? await readRun(this.source.store, text(runId, 'run')) : this.document;
    if (document === null) return sendJson(response, { error: `run ${runId} has left no results yet` }, 404);
    sendJson(response, document);
  }

  private async steer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.source === null) return noRuns(response);
    const given = VerbRequest.safeParse(await readJson(request));
    if (!given.success) throw new UsageError(z.prettifyError(given.error).replaceAll('\n', ' '));
    sendJson(response, await carryOut(this.source, given.data));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.feeds?.[Symbol.dispose]();
    this.list?.[Symbol.dispose]();
    await this.outputs?.[Symbol.asyncDispose]();
  }
}

function listerOf({ client, store }: ViewerSource, followed: (runId: string) => RunOutline | null) {
  const lister = new RunLister(client, store, new RunningUsage(client, followed));
  return () => lister.list();
}

/** Waits for the feed to have read what there is. */
async function known(feed: RunFeed, agentId: string): Promise<void> {
  if (feed.outline.agents.has(agentId) || feed.state === 'ended' || feed.state === 'forgotten') return;
  await new Promise<void>((resolve) => {
    const settle = () => {
      clearTimeout(timer);
      leave();
      resolve();
    };
    let leave = () => {};
    const timer = setTimeout(settle, 5_000);
    const look = () => {
      if (feed.outline.agents.has(agentId) || feed.state === 'ended' || feed.state === 'forgotten')
        queueMicrotask(settle);
    };
    leave = feed.listen({ snapshot: look, events: look, state: look });
  });
}

function text(value: string | undefined, name: string): string {
  if (value) return value;
  throw new UsageError(`"${name}" is missing`);
}

function noRuns(response: ServerResponse): void {
  sendJson(response, { error: 'this viewer shows one file' }, 404);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    parts.push(part as Buffer);
    bytes += (part as Buffer).byteLength;
    if (bytes > largestRequest) throw new UsageError('the request is too large');
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    throw new UsageError('the request is not JSON');
  }
}

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(value));
}
