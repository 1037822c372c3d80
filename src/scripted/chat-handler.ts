import type { ServerResponse } from 'node:http';
import { answerRequest } from './answer.ts';
import { completionBody } from './completion-body.ts';
import { errorBody, type Fault, type FaultQueue, faultReply, isStatusFault, tooLongBody } from './faults.ts';
import { sendJson } from './json-exchange.ts';
import { type ScriptSource, unknownScript } from './load-scripts.ts';
import type { LoggedRequest, RequestLog } from './request-log.ts';
import type { DetailedReply, Script } from './script.ts';
import { ChatRequest, plainMessages, readScriptedRequest, type ScriptedRequest } from './scripted-request.ts';
import { completionText, sendCompletion } from './send-completion.ts';
import { sendFault } from './send-fault.ts';
import { PrefixCache } from './token-estimate.ts';

type Scripts = Readonly<Record<string, ScriptSource>>;

/** Is told of a request, and by the function that it returns that its completion is about to be sent. */
export type RequestObserver = (request: ScriptedRequest) => () => void;

/** Answers `POST /v1/chat/completions`. */
export class ChatHandler {
  latencyMs: number;
  private readonly scripts: Scripts;
  private readonly log: RequestLog;
  private readonly faults: FaultQueue;
  private readonly observe: RequestObserver;
  private readonly loaded = new Map<string, Promise<Script>>();
  private readonly cache = new PrefixCache();
  /** How often a script's own failure has happened to a request, by the digest of its messages. */
  private readonly failures = new Map<string, number>();

  constructor(
    scripts: Scripts,
    log: RequestLog,
    faults: FaultQueue,
    latencyMs: number,
    observe: RequestObserver = () => () => {},
  ) {
    this.scripts = scripts;
    this.log = log;
    this.faults = faults;
    this.observe = observe;
    this.latencyMs = latencyMs;
  }

  async handle(json: unknown, response: ServerResponse): Promise<void> {
    const chat = ChatRequest.parse(json);
    const model = chat.model.replace(/^scripted\//, '');
    const source = Object.hasOwn(this.scripts, model) ? this.scripts[model] : undefined;
    if (!source) {
      return sendJson(response, 404, errorBody('model_not_found', unknownScript(model, Object.keys(this.scripts))));
    }
    const messages = plainMessages(chat);
    const request = readScriptedRequest(chat, messages);
    const prompt = this.cache.measure(model, messages);
    const entry = this.log.begin(model, request, prompt);
    const beforeAnswer = this.observe(request);
    const ordered = this.faults.take({ model, kind: request.kind });
    response.once('close', () => this.log.end(entry, ordered?.kind === 'hang' ? 'hang' : 'abandoned'));
    try {
      const script = ordered ? null : await this.script(model, source);
      if (script?.contextWindow !== undefined && prompt.promptTokens > script.contextWindow) {
        this.log.end(entry, 400);
        return sendJson(response, 400, tooLongBody(script.contextWindow, prompt.promptTokens));
      }
      const reply = script === null ? { content: '' } : await answerRequest(script, request);
      const delayMs = this.latencyMs + (reply.delayMs ?? 0);
      if (delayMs > 0) await waitOrGone(delayMs, response);
      if (response.destroyed) return;
      const fault = ordered ?? this.scriptedFault(reply, prompt.digest);
      const body = completionBody(model, reply, prompt);
      const { stream = false } = chat;
      if (fault) {
        this.fail(entry, response, fault, completionText(body, stream));
      } else {
        beforeAnswer();
        await sendCompletion(response, body, stream, reply.pieces);
        if (!response.destroyed) this.log.end(entry, 200);
      }
    } catch (error) {
      this.log.end(entry, 400);
      const words = error instanceof Error ? error.message : String(error);
      sendJson(response, 400, errorBody('script_error', `script "${model}": ${words}`));
    }
  }

  /** Forgets the prefix cache and how often scripts' own failures happened. */
  forget(): void {
    this.cache.clear();
    this.failures.clear();
  }

  private script(model: string, source: ScriptSource): Promise<Script> {
    let script = this.loaded.get(model);
    if (!script) {
      script = typeof source === 'function' ? source() : Promise.resolve(source);
      this.loaded.set(model, script);
    }
    return script;
  }

  private fail(
    entry: LoggedRequest,
    response: ServerResponse,
    fault: Fault,
    whole: ReturnType<typeof completionText>,
  ): void {
    if (isStatusFault(fault.kind)) this.log.end(entry, faultReply(fault.kind).status);
    else if (fault.kind !== 'hang') this.log.end(entry, fault.kind);
    sendFault(response, fault, whole);
  }

  private scriptedFault({ fail }: DetailedReply, digest: string): Fault | null {
    if (!fail) return null;
    const { times = Number.POSITIVE_INFINITY, ...fault } = fail;
    const failed = this.failures.get(digest) ?? 0;
    this.failures.set(digest, failed + 1);
    return failed < times ? fault : null;
  }
}

/** Waits, but not for a client that has gone. */
function waitOrGone(delayMs: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      response.off('close', end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    response.once('close', end);
  });
}
