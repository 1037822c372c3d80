import { z } from 'zod';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { ReplyProgress } from '../model/model-client.ts';
import type { Lineage } from './answer-record.ts';

/** What a model has said so far of a reply that it is writing. */
export const PartialReply = z.object({ iteration: z.number().int(), text: z.string(), reasoning: z.string() });
export type PartialReply = z.infer<typeof PartialReply>;

/** How often what a model writes is shown anew, in milliseconds. A reply that takes less is not shown before it is there. */
const everyMs = 300;

/** The name under which an agent's reply can be read while it is written. */
function partialReplyName(lineage: Lineage): string {
  return `answers/${lineage}/partial-reply`;
}

/** Asks a model, and lets others read meanwhile what it has said so far. */
export async function shownWhileWritten<T>(
  store: ArtifactStore,
  { lineage, iteration }: { lineage: Lineage; iteration: number },
  ask: (onProgress: (progress: ReplyProgress) => void) => Promise<T>,
): Promise<T> {
  const name = partialReplyName(lineage);
  let latest: ReplyProgress | null = null;
  let writing = Promise.resolve();
  const timer = setInterval(() => {
    if (latest === null) return;
    const bytes = Buffer.from(JSON.stringify({ iteration, ...latest }));
    latest = null;
    // Nothing depends on it: the whole reply is kept by those who asked for it.
    writing = writing.then(() => store.writeRecord(name, bytes)).catch(() => {});
  }, everyMs);
  try {
    return await ask((progress) => {
      latest = progress;
    });
  } finally {
    clearInterval(timer);
    await writing;
    // Also what a worker left that died meanwhile; what stays goes with the run's other records.
    await store.removeRecord(name, Number.POSITIVE_INFINITY).catch(() => {});
  }
}

/** What has been said so far of the reply that an agent's model is writing; null where it writes none. */
export async function readPartialReply(store: ArtifactStore, lineage: Lineage): Promise<PartialReply | null> {
  const bytes = await store.readRecord(partialReplyName(lineage));
  return bytes === null ? null : PartialReply.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}
