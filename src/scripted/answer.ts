import type { AgentReplies, Conversation, DetailedReply, Query, Reply, Script } from './script.ts';
import type { ScriptedRequest } from './scripted-request.ts';
import { simplestValue } from './simplest-value.ts';

/** What a script says to a request. Throws what the script throws. */
export async function answerRequest(script: Script, request: ScriptedRequest): Promise<DetailedReply> {
  const reply = await replyTo(script, request);
  return typeof reply === 'string' ? { content: reply } : reply;
}

function replyTo(script: Script, request: ScriptedRequest): Reply | Promise<Reply> {
  switch (request.kind) {
    case 'agent':
      return agentReply(script.agent, request.conversation);
    case 'extraction':
      return script.extraction?.(request.conversation, request.jsonSchema) ?? json(simplestValue(request.jsonSchema));
    case 'summary':
      return script.summary?.(request.conversation) ?? defaultSummary(request.conversation);
    case 'query':
      return script.query?.(request.query.prompt, request.query) ?? defaultQueryReply(request.query);
  }
}

function agentReply(replies: AgentReplies, conversation: Conversation): Reply | Promise<Reply> {
  if (typeof replies === 'function') return replies(conversation);
  const atDepth = isByDepth(replies) ? (replies[Math.min(conversation.depth, replies.length - 1)] ?? []) : replies;
  const reply = atDepth[Math.min(conversation.iteration, atDepth.length) - 1];
  if (reply === undefined) throw new Error(`no reply for depth ${conversation.depth}`);
  return reply;
}

function isByDepth(
  replies: readonly Reply[] | readonly (readonly Reply[])[],
): replies is readonly (readonly Reply[])[] {
  return Array.isArray(replies[0]);
}

function defaultQueryReply({ prompt, jsonSchema }: Query): string {
  return jsonSchema ? json(simplestValue(jsonSchema)) : `Scripted answer to: ${prompt.slice(0, 200)}`;
}

function defaultSummary({ iteration }: Conversation): string {
  return `Scripted summary of the replies before iteration ${iteration}.`;
}

function json(value: unknown): string {
  return JSON.stringify(value);
}
