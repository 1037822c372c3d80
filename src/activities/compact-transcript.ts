import type { Compacted } from '../agent/compaction.ts';
import type { ArtifactReference } from '../artifacts/store.ts';
import type { Message } from '../model/model-client.ts';
import { compactedNote, noSummary, summaryRequest } from '../prompts/compaction.ts';
import { cutMiddleOfText } from '../prompts/cut-middle.ts';
import { charactersPerToken, estimateTokens } from '../prompts/estimate-tokens.ts';
import { lengthOf, newestTurns } from '../prompts/fit-conversation.ts';
import { takeThoughts } from '../prompts/parse-reply.ts';
import { activity } from './activity-scope.ts';
import type { Lineage } from './answer-record.ts';
import { converseWithin } from './converse-within.ts';
import type { Dependencies } from './dependencies.ts';

export interface CompactTranscriptInput {
  lineage: Lineage;
  /** Which compaction of the agent it is, from 1. */
  number: number;
  model: string;
  transcript: ArtifactReference;
  /** How many there were, those that an earlier compaction summed up included. */
  replies: number;
  contextWindow: number;
  /** About how many tokens of the conversation the model is sent for its summary; null: all of it. */
  fitTokens: number | null;
  /** The REPL's variable that is going to have the full text. */
  variable: string;
}

/** Parts of the window that a summary, and the turns that are kept word for word, may take. */
const summaryShare = 0.2;
const keptShare = 0.1;

const previewCharacters = 200;

/** Has the model sum up its conversation, and begins another one with the summary and the newest turns. */
export function compactTranscriptActivity(dependencies: Dependencies) {
  const { transcripts } = dependencies;
  return activity(async (input: CompactTranscriptInput, _signal, _report, patience): Promise<Compacted> => {
    const { transcript, contextWindow, fitTokens, replies, variable } = input;
    const before = await transcripts.messages(transcript);
    const said = await converseWithin(
      fitTokens,
      dependencies,
      { ...input, step: `compaction ${input.number}` },
      [{ role: 'user', content: summaryRequest(contextWindow) }],
      { patience },
    );
    const charactersOf = (share: number) => Math.floor(contextWindow * share * charactersPerToken);
    const summary = takeThoughts(said.text).rest.trim() || noSummary;
    const kept = newestTurns(before, charactersOf(keptShare));
    const messages: Message[] = [
      ...before.slice(0, 2),
      { role: 'assistant', content: cutMiddleOfText(summary, charactersOf(summaryShare)) },
      { role: 'user', content: compactedNote({ replies, kept: countReplies(kept), variable }) },
      ...kept,
    ];
    return {
      transcript: await transcripts.append({ previous: null, compacted: said.transcript, messages, reasoning: null }),
      usage: said.usage,
      contextTokens: estimateTokens(lengthOf(messages)),
      preview: summary.slice(0, previewCharacters),
    };
  });
}

function countReplies(messages: readonly Message[]): number {
  return messages.filter(({ role }) => role === 'assistant').length;
}
