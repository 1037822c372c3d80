import type { Payload } from '@temporalio/common';
import type { ArtifactMissing } from './store.ts';

/** In the metadata of a payload: it stands in place of one whose artifact is missing. */
const mark = 'rlm-missing-artifact';

/** What such a payload holds. */
interface MissingValue {
  [mark]: string;
}

/** Stands in place of a payload whose artifact is missing, and holds the message that says so. */
export function missingPayload({ message }: ArtifactMissing): Payload {
  const value: MissingValue = { [mark]: message };
  const encoder = new TextEncoder();
  const metadata = { encoding: encoder.encode('json/plain'), [mark]: encoder.encode('1') };
  return { metadata, data: encoder.encode(JSON.stringify(value)) };
}

/** Whether a payload only stands for one whose artifact is missing. */
export function isMissingPayload(payload: Payload | null | undefined): boolean {
  return Boolean(payload?.metadata && mark in payload.metadata);
}

/** The message of a value that came from a {@link missingPayload}; null for any other value. */
export function missingArtifactMessage(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !(mark in value)) return null;
  return String((value as MissingValue)[mark]);
}
