import type { PreparedAgent } from '../agent/agent-arguments.ts';
import type { ModelTurn, Reply, Turn } from '../agent/turn.ts';
import type { ModelUsage } from '../agent/usage.ts';
import type { ArtifactReference, ArtifactStore } from '../artifacts/store.ts';
import { storeValue } from '../artifacts/stored-value.ts';
import type { Message } from '../model/model-client.ts';
import { estimateTokens } from '../prompts/estimate-tokens.ts';
import { firstMessage } from '../prompts/first-message.ts';
import { lengthOf } from '../prompts/fit-conversation.ts';
import { observationMessage } from '../prompts/observation.ts';
import { type ParsedReply, parseReply } from '../prompts/parse-reply.ts';
import { reminderMessage } from '../prompts/reminder.ts';
import { systemPrompt } from '../prompts/system-prompt.ts';
import { withNotes } from '../prompts/user-notes.ts';
import { EndedEvent } from '../repl/protocol.ts';
import { activity } from './activity-scope.ts';
import type { Lineage } from './answer-record.ts';
import { converse } from './conversation.ts';
import type { Dependencies } from './dependencies.ts';
import { shownWhileWritten } from './partial-reply.ts';

export interface CallModelInput {
  lineage: Lineage;
  iteration: number;
  model: string;
  transcript: ArtifactReference | null;
  turn: Turn;
  /** Notes of users, read with it. */
  told: string[];
}

const previewCharacters = 200;

/** Code is what people look for in a history, so it is shown there unless it is enormous. */
const inlineCodeCharacters = 50_000;

/** Tells the model what happened since its last reply, and returns what it replies. */
export function callModelActivity(dependencies: Dependencies) {
  return activity(async (input: CallModelInput, _signal, _report, patience): Promise<ModelTurn> => {
    const added = withNotes(await turnMessages(dependencies.store, input.turn), input.told);
    const step = { ...input, step: `iteration ${input.iteration}` };
    const { text, usage, transcript } = await shownWhileWritten(dependencies.store, input, (onProgress) =>
      converse(dependencies, step, added, { patience, onProgress }),
    );
    const parsed = parseReply(text);
    const preview = 'reasoning' in parsed ? parsed.reasoning.slice(0, previewCharacters) : '';
    const contextTokens = await tokensOfConversation(dependencies.transcripts, transcript, usage, text);
    return { transcript, reply: await toReply(dependencies.store, parsed), usage, contextTokens, preview };
  });
}

/** What a conversation begins with. */
export function systemMessage(prepared: PreparedAgent, depth: number): string {
  const { signature, tools, instructions, limits, workspace } = prepared;
  const subAgents = limits.maxDepth === null || depth < limits.maxDepth;
  return systemPrompt({ signature, tools, depth, subAgents, limits, instructions, workspace });
}

/** Of a reply, thoughts are counted too; they are not sent back. */
async function tokensOfConversation(
  transcripts: Dependencies['transcripts'],
  transcript: ArtifactReference,
  { promptTokens, completionTokens }: ModelUsage,
  text: string,
): Promise<number> {
  if (promptTokens === 0) return estimateTokens(lengthOf(await transcripts.messages(transcript)));
  return promptTokens + Math.min(completionTokens, estimateTokens(text.length));
}

/** What the model is told of a turn. */
export async function turnMessages(store: ArtifactStore, turn: Turn): Promise<Message[]> {
  switch (turn.kind) {
    case 'first': {
      const previews = turn.prepared.inputs.map((input) => input.preview);
      return [
        { role: 'system', content: systemMessage(turn.prepared, turn.depth) },
        { role: 'user', content: firstMessage({ inputs: previews, budget: turn.budget }) },
      ];
    }
    case 'observation': {
      const cell = EndedEvent.parse(JSON.parse(Buffer.from(await store.get(turn.output)).toString('utf8')));
      const { calls, notes, budget, outputLimit } = turn;
      return [{ role: 'user', content: observationMessage({ cell: { ...cell, calls }, budget, outputLimit, notes }) }];
    }
    case 'reminder':
      return [
        {
          role: 'user',
          content: reminderMessage({ reason: turn.reason, languages: turn.languages, budget: turn.budget }),
        },
      ];
  }
}

async function toReply(store: ArtifactStore, parsed: ParsedReply): Promise<Reply> {
  switch (parsed.kind) {
    case 'code':
      return { kind: 'code', code: await storeValue(store, parsed.code, inlineCodeCharacters) };
    case 'other-language':
      return { kind: 'other-language', languages: parsed.languages };
    default:
      return { kind: parsed.kind };
  }
}
