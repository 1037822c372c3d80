import { z } from 'zod';
import { ModelUsage } from '../agent/usage.ts';
import type { Patience, Records } from '../artifacts/paid-records.ts';
import type { ArtifactReference } from '../artifacts/store.ts';
import type { CompletionRequest, Message } from '../model/model-client.ts';
import { answerName, type Lineage } from './answer-record.ts';
import type { Dependencies } from './dependencies.ts';

export interface ConversationStep {
  lineage: Lineage;
  /** Names the step within the agent, such as `iteration 3`. */
  step: string;
  model: string;
  transcript: ArtifactReference | null;
}

export interface ConverseOptions {
  patience: Patience;
  jsonSchema?: Record<string, unknown>;
  /** Told what has been said while the reply is being written. */
  onProgress?: CompletionRequest['onProgress'];
  /** What is sent in place of the whole conversation; the transcript keeps that. */
  shorten?: (messages: Message[]) => Message[];
}

const KeptReply = z.object({
  text: z.string(),
  reasoning: z.string().nullable(),
  usage: ModelUsage,
});
type KeptReply = z.infer<typeof KeptReply>;

/** A reply, and the transcript with it. */
export type Conversed = KeptReply & { transcript: ArtifactReference };

/** Says `added` to the model after all that was said before; a reply that an earlier attempt paid for is not paid again. */
export async function converse(
  { models, paid, transcripts }: Pick<Dependencies, 'models' | 'paid' | 'transcripts'>,
  { lineage, step, model, transcript }: ConversationStep,
  added: Message[],
  { patience, jsonSchema, onProgress, shorten = (messages) => messages }: ConverseOptions,
): Promise<Conversed> {
  const name = answerName(lineage, step, model, transcript?.sha256 ?? '');
  const records = paid.during(patience);
  let reply = await readReply(records, name);
  if (reply === null) {
    const messages = shorten([...(await transcripts.messages(transcript)), ...added]);
    const { signal } = patience;
    const request = { model, messages, signal, ...(jsonSchema && { jsonSchema }), ...(onProgress && { onProgress }) };
    const { text, reasoning, usage } = await models.complete(request);
    reply = { text, reasoning, usage };
    await records.writeRecord(name, Buffer.from(JSON.stringify(reply)));
  }
  const head = await transcripts.append({
    previous: transcript,
    messages: [...added, { role: 'assistant', content: reply.text }],
    reasoning: reply.reasoning,
  });
  return { ...reply, transcript: head };
}

async function readReply(records: Records, name: string): Promise<KeptReply | null> {
  const bytes = await records.readRecord(name);
  return bytes === null ? null : KeptReply.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}
