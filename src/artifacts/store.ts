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
  /** Reads a blob. Throws {@link ArtifactMissing} when there is none of that name, or its bytes are not what they were. */
  get(reference: ArtifactReference): Promise<Uint8Array>;
  /** Stores the bytes under a name such as `answers/3f…`, replacing what was there. */
  writeRecord(name: string, bytes: Uint8Array): Promise<void>;
  /** Reads what a name holds, or null. */
  readRecord(name: string): Promise<Uint8Array | null>;
  /** All blobs, in no order. */
  listBlobs(): AsyncIterable<StoredBlob>;
  /** The records whose names begin so, in no order. Default: all. */
  listRecords(prefix?: string): AsyncIterable<StoredRecord>;
  /** Removes a blob, unless it was put (again) after that time. Returns whether it is gone. */
  removeBlob(sha256: string, unlessPutAfter: number): Promise<boolean>;
  /** Removes a record, unless it was written after that time. Returns whether it is gone. */
  removeRecord(name: string, unlessWrittenAfter: number): Promise<boolean>;
  /** Removes what writers that died before that time left half done. Returns how much it was. */
  removeLeftovers(before: number): Promise<Amount>;
  /** Removes what processes of this machine left that were killed while they wrote. */
  sweepUnfinished(): void;
}

/** A number of things, and of their bytes. */
export interface Amount {
  count: number;
  bytes: number;
}

/** A blob, and when it was put last, in milliseconds since the epoch. */
export interface StoredBlob extends ArtifactReference {
  putAt: number;
}

/** A record, and when it was written last, in milliseconds since the epoch. */
export interface StoredRecord {
  name: string;
  bytes: number;
  writtenAt: number;
}

/** A reference that the store holds no bytes for, or others than it names. */
export class ArtifactMissing extends Error {
  override readonly name = 'ArtifactMissing';

  readonly sha256: string;

  constructor(sha256: string, why: 'absent' | 'damaged' = 'absent') {
    super(
      why === 'absent'
        ? `artifact ${sha256} is not in the store: bring it back, or let RLM_ARTIFACTS name the store that has it`
        : `artifact ${sha256} is damaged, as its bytes have another SHA-256: bring back the ones it had`,
    );
    this.sha256 = sha256;
  }
}
