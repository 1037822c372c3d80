import OpenAI, { APIConnectionTimeoutError } from 'openai';
import type { ModelSettings, Price } from '../config/settings.ts';
import { checkScript } from '../scripted/load-scripts.ts';
import { type ScriptedThread, startScriptedServerInThread } from '../scripted/start-in-thread.ts';
import { type Reply, readReply } from './completion-reply.ts';
import { readCompletionStream } from './completion-stream.ts';
import { createKeepAliveFetch } from './keep-alive-fetch.ts';
import type { Completion, CompletionRequest, ModelClient, ReplyProgress } from './model-client.ts';
import { classifyModelError } from './model-errors.ts';
import { isEndpoint, type ModelEndpoint, routeModel, scriptedProvider } from './presets.ts';
import { costOf } from './pricing.ts';
import { requestBody } from './request-body.ts';

const defaultTimeoutMs = 600_000;

/**
 * Asks models of every provider through the `openai` client, one attempt per request; whether to try again is the
 * caller's decision. The server of `scripted/…` is started on its first use and ends with the client.
 */
export function createModelClient(settings: ModelSettings): ModelClient {
  const connections = createKeepAliveFetch();
  const clients = new Map<string, OpenAI>();
  let scripted: Promise<ScriptedThread> | null = null;

  function clientFor({ provider, baseUrl, apiKey }: ModelEndpoint): OpenAI {
    const key = `${provider} ${baseUrl}`;
    const known = clients.get(key);
    if (known) return known;
    const client = new OpenAI({
      baseURL: baseUrl,
      apiKey,
      fetch: connections.fetch,
      maxRetries: 0,
      // The client would take these from the environment, also for other providers than OpenAI.
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      logLevel: 'off',
    });
    clients.set(key, client);
    return client;
  }

  async function scriptedEndpoint(name: string): Promise<ModelEndpoint> {
    scripted ??= startThread();
    const { url } = await scripted;
    return { provider: scriptedProvider, name, baseUrl: url, apiKey: 'none', jsonSchema: true, reportsCost: false };
  }

  /** A thread that fails or ends is forgotten, so that the next request starts another. */
  async function startThread(): Promise<ScriptedThread> {
    const forget = () => {
      scripted = null;
    };
    try {
      const { scripts, scriptedLatencyMs } = settings;
      const thread = await startScriptedServerInThread({ scripts, latencyMs: scriptedLatencyMs });
      void thread.ended.then(forget);
      return thread;
    } catch (error) {
      forget();
      throw error;
    }
  }

  function check(model: string): void {
    const route = routeModel(model, settings);
    if (!isEndpoint(route)) checkScript(route.name, settings.scripts);
  }

  async function ask(request: CompletionRequest, endpoint: ModelEndpoint): Promise<unknown> {
    const { timeoutMs = defaultTimeoutMs, signal } = request;
    const options = { timeout: timeoutMs, ...(signal ? { signal } : {}) };
    return await clientFor(endpoint).chat.completions.create(requestBody(request, endpoint, false), options);
  }

  /** The time limit is one for the whole reply, not for each of its pieces. */
  async function askInPieces(
    request: CompletionRequest,
    onProgress: (progress: ReplyProgress) => void,
    endpoint: ModelEndpoint,
  ): Promise<unknown> {
    const { timeoutMs = defaultTimeoutMs, model } = request;
    const late = AbortSignal.timeout(timeoutMs);
    const signal = request.signal ? AbortSignal.any([request.signal, late]) : late;
    try {
      const { data, response } = await clientFor(endpoint)
        .chat.completions.create(requestBody(request, endpoint, true), { timeout: timeoutMs, signal })
        .withResponse();
      // Some servers send it whole all the same.
      if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return await response.json();
      const body = await readCompletionStream(data, onProgress, { model, apiKey: endpoint.apiKey });
      // The client takes the end of an aborted stream for the end of the reply.
      signal.throwIfAborted();
      return body;
    } catch (error) {
      throw late.aborted ? new APIConnectionTimeoutError() : error;
    }
  }

  async function complete(request: CompletionRequest): Promise<Completion> {
    const { model, signal } = request;
    signal?.throwIfAborted();
    const route = routeModel(model, settings);
    const endpoint = isEndpoint(route) ? route : await scriptedEndpoint(route.name);
    const origin = { model, apiKey: endpoint.apiKey };
    try {
      const body = await (settings.stream && request.onProgress
        ? askInPieces(request, request.onProgress, endpoint)
        : ask(request, endpoint));
      const reply = readReply(body, origin);
      const { text, reasoning, finishReason, tokens } = reply;
      const costUsd = costOfReply(reply, endpoint, settings.prices[model]);
      return { text, reasoning, finishReason, usage: { ...tokens, costUsd } };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw classifyModelError(error, origin);
    }
  }

  return {
    complete,
    check,
    async [Symbol.asyncDispose]() {
      connections.close();
      // A server that failed to start has nothing to end; its error was thrown to those who asked for it.
      const thread = await scripted?.catch(() => null);
      scripted = null;
      await thread?.[Symbol.asyncDispose]();
    },
  };
}

/** A script is free; a provider's own account goes over the price table; without counts there is no telling. */
function costOfReply(reply: Reply, endpoint: ModelEndpoint, price: Price | undefined): number | null {
  if (endpoint.provider === scriptedProvider) return 0;
  if (endpoint.reportsCost && reply.reportedCostUsd !== null) return reply.reportedCostUsd;
  return reply.counted ? costOf(reply.tokens, price) : null;
}
