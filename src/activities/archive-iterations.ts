import { type Archive, Chapter, joinArchives } from '../agent/archive.ts';
import type { ArtifactReference, ArtifactStore } from '../artifacts/store.ts';
import { activity } from './activity-scope.ts';
import type { Dependencies } from './dependencies.ts';

const nothing: Archive = { iterations: [], codes: [], delivered: [] };

/** Puts aside what an execution of an agent's workflow remembers, before the next one goes on in its place. */
export function archiveIterationsActivity({ store }: Dependencies) {
  return activity(
    async (chapter: Chapter): Promise<ArtifactReference> => store.put(Buffer.from(JSON.stringify(chapter))),
  );
}

/** Takes up again all that was put aside. */
export function readArchiveActivity({ store }: Dependencies) {
  return activity((input: { archive: ArtifactReference }): Promise<Archive> => readArchive(store, input.archive));
}

/** All that an agent's earlier executions put aside; null: there was none. */
export async function readArchive(store: ArtifactStore, last: ArtifactReference | null): Promise<Archive> {
  const chapters: Archive[] = [];
  for (let at = last; at !== null; ) {
    const { previous, ...chapter } = Chapter.parse(JSON.parse(Buffer.from(await store.get(at)).toString('utf8')));
    chapters.push(chapter);
    at = previous;
  }
  return chapters.reduceRight(joinArchives, nothing);
}
