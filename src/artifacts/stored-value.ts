import { z } from 'zod';
import { ArtifactReference, type ArtifactStore } from './store.ts';

/** A JSON value as it crosses the workflow history: itself when small, else the artifact that holds it. */
export const StoredValue = z.union([
  z.object({ value: z.unknown() }),
  z.object({ artifact: ArtifactReference, preview: z.string() }),
]);
export type StoredValue = z.infer<typeof StoredValue>;

/** Values whose JSON is longer than this many characters become artifacts. */
export const inlineCharacters = 2_000;

const previewCharacters = 200;

/** Keeps a value inline when its JSON has at most `inlineAtMost` characters (default: 2,000), else as an artifact. */
export async function storeValue(
  store: ArtifactStore,
  value: unknown,
  inlineAtMost = inlineCharacters,
): Promise<StoredValue> {
  const json = JSON.stringify(value) ?? 'null';
  if (json.length <= inlineAtMost) return { value };
  const artifact = await store.put(Buffer.from(json));
  return { artifact, preview: `${json.slice(0, previewCharacters)}…` };
}

/** Reads back what {@link storeValue} kept. */
export async function loadValue(store: ArtifactStore, stored: StoredValue): Promise<unknown> {
  if (!('artifact' in stored)) return stored.value;
  return JSON.parse(Buffer.from(await store.get(stored.artifact)).toString('utf8'));
}
