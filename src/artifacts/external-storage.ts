import {
  ExternalStorage,
  type Payload,
  type StorageDriver,
  StorageDriverClaim,
  type StorageDriverRetrieveContext,
  type StorageDriverStoreContext,
} from '@temporalio/common';
import proto from '@temporalio/proto';
import { missingPayload } from './missing-payload.ts';
import { shareProtobufTypes } from './shared-protobuf-types.ts';
import { ArtifactMissing, ArtifactReference, type ArtifactStore } from './store.ts';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

/**
 * Payloads of at least this many bytes are kept in the artifact store, and a reference of some 250 bytes in the history.
 *
 * Temporal refuses a payload of 2 MB and a message of 4 MB, in which there are many: this is small enough for sixty of
 * them. An ordinary iteration has none as large, so that it is read in the Web UI as before and takes no longer.
 */
export const externalPayloadBytes = 64 * 1024;

/**
 * What becomes of a payload whose artifact is missing: `throw` the {@link ArtifactMissing}, as suits a client; or `mark`
 * its place with a {@link missingPayload}. A worker marks: where a workflow task fails, Temporal tries it again for ever,
 * while a mark can be told to the workflow as the failure of what should have brought the payload.
 */
export type OnMissingPayload = 'throw' | 'mark';

/** Temporal's external storage of large payloads, in the artifact store. */
export function externalStorage(store: ArtifactStore, onMissing: OnMissingPayload = 'throw'): ExternalStorage {
  shareProtobufTypes();
  return new ExternalStorage({
    drivers: [new ArtifactDriver(store, onMissing)],
    payloadSizeThreshold: externalPayloadBytes,
  });
}

class ArtifactDriver implements StorageDriver {
  /** Histories name it, so it never changes. */
  readonly name = 'rlm-artifacts';
  readonly type = 'rlm.artifacts';
  private readonly artifacts: ArtifactStore;
  private readonly onMissing: OnMissingPayload;

  constructor(artifacts: ArtifactStore, onMissing: OnMissingPayload) {
    this.artifacts = artifacts;
    this.onMissing = onMissing;
  }

  store(_context: StorageDriverStoreContext, payloads: Payload[]): Promise<StorageDriverClaim[]> {
    return Promise.all(
      payloads.map(async (payload) => {
        const { sha256, bytes } = await this.artifacts.put(PayloadMessage.encode(payload).finish());
        return new StorageDriverClaim({ sha256, bytes: String(bytes) });
      }),
    );
  }

  retrieve(_context: StorageDriverRetrieveContext, claims: StorageDriverClaim[]): Promise<Payload[]> {
    return Promise.all(claims.map(({ claimData }) => this.fetch(claimData)));
  }

  private async fetch({ sha256, bytes }: Record<string, string>): Promise<Payload> {
    const reference = ArtifactReference.parse({ sha256, bytes: Number(bytes) });
    try {
      return PayloadMessage.decode(await this.artifacts.get(reference));
    } catch (error) {
      if (error instanceof ArtifactMissing && this.onMissing === 'mark') return missingPayload(error);
      throw error;
    }
  }
}
