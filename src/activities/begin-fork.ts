import type { PreparedAgent } from '../agent/agent-arguments.ts';
import type { Archive, Chapter } from '../agent/archive.ts';
import type { Compaction } from '../agent/compaction.ts';
import type { Fork } from '../agent/fork.ts';
import { forkArchive } from '../agent/fork-journal.ts';
import { type AnswerSource, Journal } from '../agent/journal.ts';
import type { ArtifactReference, ArtifactStore } from '../artifacts/store.ts';
import type { Transcripts } from '../artifacts/transcript.ts';
import { estimateTokens } from '../prompts/estimate-tokens.ts';
import { lengthOf } from '../prompts/fit-conversation.ts';
import { activity } from './activity-scope.ts';
import { systemMessage } from './call-model.ts';
import type { Dependencies } from './dependencies.ts';

export interface BeginForkInput {
  fork: Fork;
  prepared: PreparedAgent;
}

/** What a fork begins with. */
export interface BegunFork {
  /** The iterations that it takes over. */
  archive: ArtifactReference;
  transcript: ArtifactReference | null;
  /** About how many tokens the conversation has. */
  contextTokens: number;
  compactions: Compaction[];
  sources: AnswerSource[];
}

/** Takes over what a fork keeps of its source, with the instructions and limits of its own before it. */
export function beginForkActivity({ store, transcripts }: Dependencies) {
  return activity(async ({ fork, prepared }: BeginForkInput): Promise<BegunFork> => {
    const journal = await readJournal(store, fork.journal);
    const kept = await withSystemMessage(transcripts, forkArchive(journal, fork), systemMessage(prepared, 0));
    const chapter: Chapter = { ...kept, previous: null };
    const last = kept.iterations.at(-1);
    const transcript = last?.transcript ?? null;
    return {
      archive: await store.put(Buffer.from(JSON.stringify(chapter))),
      transcript,
      contextTokens: estimateTokens(lengthOf(await transcripts.messages(transcript))),
      // One that came after the last reply shortened a conversation that the fork has whole.
      compactions: journal.compactions.filter(({ afterIteration }) => afterIteration < (last?.index ?? 0)),
      sources: journal.sources,
    };
  });
}

export async function readJournal(store: ArtifactStore, reference: ArtifactReference): Promise<Journal> {
  return Journal.parse(JSON.parse(Buffer.from(await store.get(reference)).toString('utf8')));
}

/** Says the conversation anew where the model is told something else at its beginning; else leaves it as it is. */
async function withSystemMessage(transcripts: Transcripts, archive: Archive, content: string): Promise<Archive> {
  const renewed = new Map<string, ArtifactReference>();
  const renew = async (reference: ArtifactReference): Promise<ArtifactReference> => {
    const known = renewed.get(reference.sha256);
    if (known) return known;
    const entry = await transcripts.entry(reference);
    const previous = entry.previous && (await renew(entry.previous));
    const messages = entry.messages.map((message) => (message.role === 'system' ? { ...message, content } : message));
    const head = await transcripts.append({ ...entry, previous, messages });
    renewed.set(reference.sha256, head);
    return head;
  };
  const iterations: Archive['iterations'] = [];
  // One after the other, so that the chain is not followed to its beginning each time.
  for (const iteration of archive.iterations) {
    iterations.push({ ...iteration, transcript: await renew(iteration.transcript) });
  }
  return { ...archive, iterations };
}
