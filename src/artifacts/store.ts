import { z } from 'zod';

/** Names the bytes of an artifact: their SHA-256 in hexadecimal, and how many there are. */
export const ArtifactReference = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.number().int().nonnegative(),
});
export type ArtifactReference = z.infer<typeof ArtifactReference>;

/**
 * Keeps bytes outside the workflow history.
 *
 * Blobs are named by their content, so writing one twice is harmless. A record is a blob under a name that is known
 * before its content is (the answer to a call, the results of an agent).
 */
export interface ArtifactStore {
  /** Stores the bytes and returns their name. */
  put(bytes: Uint8Array): Promise<ArtifactReference>;
  /** Reads a blob. Throws {@link ArtifactMissing} when there is none of that name. */
  get(reference: ArtifactReference): Promise<Uint8Array>;
  /** Stores the bytes under a name such as `answers/3f…`, replacing what was there. */
  writeRecord(name: string, bytes: Uint8Array): Promise<void>;
  /** Reads what a name holds, or null. */
  readRecord(name: string): Promise<Uint8Array | null>;
}

/** A reference that the store holds no bytes for. */
export class ArtifactMissing extends Error {
  override readonly name = 'ArtifactMissing';

  readonly sha256: string;

  constructor(sha256: string) {
    super(`artifact ${sha256} is not in the store; was it removed, or does RLM_ARTIFACTS name another store?`);
    this.sha256 = sha256;
  }
}
