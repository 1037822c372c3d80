import { defaultPayloadConverter, type ExternalStorage, type Payload, StorageDriverClaim } from '@temporalio/common';
import { z } from 'zod';
import { UsageError } from '../errors.ts';

/** Temporal's own form of a payload that is kept outside of the history. */
const Reference = z.object({ driverName: z.string(), claimData: z.record(z.string(), z.string()) });
const referenceType = 'temporal.api.sdk.v1.ExternalStorageReference';

/**
 * Reads the value of a payload as a history holds it; of one that is kept elsewhere, it is fetched. Throws
 * `ArtifactMissing` where it is not there, and {@link UsageError} where nobody said where to look.
 */
export async function readPayload(payload: Payload, storage: ExternalStorage | undefined): Promise<unknown> {
  return defaultPayloadConverter.fromPayload(isReference(payload) ? await fetchPayload(payload, storage) : payload);
}

function isReference({ metadata }: Payload): boolean {
  const type = metadata?.messageType;
  return type ? Buffer.from(type).toString('utf8') === referenceType : false;
}

async function fetchPayload({ data }: Payload, storage: ExternalStorage | undefined): Promise<Payload> {
  const { driverName, claimData } = Reference.parse(JSON.parse(Buffer.from(data ?? []).toString('utf8')));
  const driver = storage?.getDriver(driverName);
  if (!driver) {
    throw new UsageError(
      `the history keeps a payload in the storage "${driverName}", which this client has not: use the one of connect()`,
    );
  }
  const [payload] = await driver.retrieve({}, [new StorageDriverClaim(claimData)]);
  if (!payload) throw new Error(`the storage "${driverName}" returned no payload`);
  return payload;
}
