import { z } from 'zod';
import type { Message } from '../model/model-client.ts';
import { readCompactedNote, summaryRequestOpening } from '../prompts/compaction.ts';
import type { Conversation, Query } from './script.ts';

const ContentPart = z.object({ type: z.string(), text: z.string().optional() });

const WireMessage = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content: z.union([z.string(), z.array(ContentPart), z.null()]),
});

/** The parts of a chat completion request that the scripted model reads. */
export const ChatRequest = z.object({
  model: z.string(),
  messages: z.array(WireMessage).min(1),
  stream: z.boolean().optional(),
  response_format: z
    .object({
      type: z.string(),
      json_schema: z.object({ schema: z.record(z.string(), z.unknown()) }).optional(),
    })
    .optional(),
});
export type ChatRequest = z.infer<typeof ChatRequest>;

/** A request by its purpose: an agent's next iteration, a summary of the ones before, the output fields at a limit, or a query. */
export type ScriptedRequest =
  | { kind: 'agent' | 'summary'; conversation: Conversation }
  | { kind: 'extraction'; conversation: Conversation; jsonSchema: Record<string, unknown> }
  | { kind: 'query'; query: Query };

/** Messages with plain text, however the content was sent. */
export function plainMessages(request: ChatRequest): Message[] {
  return request.messages.map(({ role, content }) => ({
    role: role === 'developer' ? 'system' : role,
    content: typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join(''),
  }));
}

/** Tells the purpose from the messages: an agent's system prompt has the lines `Signature: …` and `Depth: N`. */
export function readScriptedRequest(request: ChatRequest, messages: readonly Message[]): ScriptedRequest {
  const system = messages.find(({ role }) => role === 'system')?.content ?? '';
  const signature = /^Signature:[ \t]*(.+)$/m.exec(system)?.[1]?.trim();
  const jsonSchema = request.response_format?.json_schema?.schema ?? null;
  if (signature === undefined) {
    return { kind: 'query', query: { prompt: lastUserMessage(messages), jsonSchema, messages } };
  }
  const replies = countReplies(messages);
  const conversation: Conversation = {
    signature,
    depth: Number(/^Depth:[ \t]*(\d+)/m.exec(system)?.[1] ?? 0),
    iteration: replies + 1,
    firstMessage: messages.find(({ role }) => role === 'user')?.content ?? '',
    lastObservation: replies > 0 ? lastUserMessage(messages) : null,
    messages,
  };
  if (jsonSchema) return { kind: 'extraction', conversation, jsonSchema };
  const isSummary = lastUserMessage(messages).startsWith(summaryRequestOpening);
  return { kind: isSummary ? 'summary' : 'agent', conversation };
}

/** Those that a summary replaced, which is itself in the place of one, count too. */
function countReplies(messages: readonly Message[]): number {
  const standing = messages.filter(({ role }) => role === 'assistant').length;
  const compacted = readCompactedNote(messages[3]?.content ?? '');
  return compacted === null ? standing : standing - 1 + compacted.replies - compacted.kept;
}

function lastUserMessage(messages: readonly Message[]): string {
  return messages.findLast(({ role }) => role === 'user')?.content ?? '';
}
