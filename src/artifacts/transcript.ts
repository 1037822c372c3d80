import type { Message } from '../model/model-client.ts';
import type { ArtifactReference, ArtifactStore } from './store.ts';

/** One step of a conversation: what was said to the model and what it said, after all that came before. */
export interface TranscriptEntry {
  previous: ArtifactReference | null;
  /** Of the first entry of a compacted conversation: the last one of the conversation that it goes on from. */
  compacted?: ArtifactReference;
  messages: Message[];
  /** What a reasoning model told of its thoughts; never sent back. */
  reasoning: string | null;
}

/** Heads whose whole conversation is kept in memory, so that an iteration's cost does not grow with their number. */
const rememberedHeads = 64;

/** Conversations as chains of artifacts: each entry names the one before, so an iteration adds a constant amount. */
export class Transcripts {
  private readonly store: ArtifactStore;
  private readonly conversations = new Map<string, Message[]>();

  constructor(store: ArtifactStore) {
    this.store = store;
  }

  /** All messages up to and with the entry. */
  async messages(head: ArtifactReference | null): Promise<Message[]> {
    const entries: TranscriptEntry[] = [];
    let known: Message[] = [];
    for (let at = head; at !== null; ) {
      const remembered = this.conversations.get(at.sha256);
      if (remembered) {
        known = remembered;
        break;
      }
      const entry = await this.entry(at);
      entries.push(entry);
      at = entry.previous;
    }
    return known.concat(...entries.reverse().map((entry) => entry.messages));
  }

  /**
   * What was said before the compaction that an entry begins: since the one before it, or since the beginning. The
   * request for a summary, which came last, is not part of it.
   */
  async compactedMessages(first: ArtifactReference): Promise<Message[]> {
    const { compacted } = await this.entry(first);
    if (compacted === undefined) throw new TypeError('no compaction begins with this entry');
    const entries: TranscriptEntry[] = [];
    for (let at = (await this.entry(compacted)).previous; at !== null; ) {
      const entry = await this.entry(at);
      // What an earlier compaction began with, others said before it.
      if (entry.compacted === undefined) entries.push(entry);
      at = entry.previous;
    }
    return entries.reverse().flatMap(({ messages }) => messages);
  }

  async entry(reference: ArtifactReference): Promise<TranscriptEntry> {
    return JSON.parse(Buffer.from(await this.store.get(reference)).toString('utf8')) as TranscriptEntry;
  }

  /** Adds an entry after `previous` and returns the new head. */
  async append(entry: TranscriptEntry): Promise<ArtifactReference> {
    const before = await this.messages(entry.previous);
    const head = await this.store.put(Buffer.from(JSON.stringify(entry)));
    this.conversations.set(head.sha256, before.concat(entry.messages));
    if (entry.previous) this.conversations.delete(entry.previous.sha256);
    for (const oldest of this.conversations.keys()) {
      if (this.conversations.size <= rememberedHeads) break;
      this.conversations.delete(oldest);
    }
    return head;
  }
}
