import {
  type Amount,
  ArtifactMissing,
  type ArtifactStore,
  type StoredBlob,
  type StoredRecord,
} from '../artifacts/store.ts';
import { UsageError } from '../errors.ts';
import { firstWords } from '../sweeper/first-words.ts';
import { Marks } from './marks.ts';
import { agentsGivenUp, type KnownAgents, ownerOf, RecordedAgent } from './record-retention.ts';

export interface CollectOptions {
  /**
   * Asks Temporal for the agents that it knows, and hands over all that their histories hold. It is asked when everything
   * that could be removed has been listed.
   */
  askKnownAgents(onBytes: (bytes: Uint8Array) => void): Promise<KnownAgents>;
  /** What was put or written since then is kept, as its reference may be on its way. Milliseconds since the epoch. */
  youngerThan: number;
  /** Records of runs that ended before that time go, where Temporal forgot the run. Null: all are kept. */
  endedBefore: number | null;
  /** Only says what would be removed. */
  dryRun: boolean;
}

/** What a collection removed, or would remove. */
export interface CollectReport {
  removed: { blobs: Amount; records: Amount; leftovers: Amount };
  kept: { blobs: Amount; records: Amount };
  /** Blobs that are kept, but whose bytes are damaged. */
  damaged: string[];
}

/**
 * Removes from an artifact store what no retained run refers to. A run is retained as long as Temporal knows it, and as
 * long as its results are recorded. Safe while workers use the store. Throws, and removes nothing, where Temporal does not
 * answer.
 */
export async function collectGarbage(store: ArtifactStore, options: CollectOptions): Promise<CollectReport> {
  const { youngerThan, endedBefore, dryRun } = options;
  const blobs = new Map<string, StoredBlob>();
  for await (const blob of store.listBlobs()) blobs.set(blob.sha256, blob);
  const records: StoredRecord[] = [];
  for await (const record of store.listRecords()) records.push(record);

  const marks = new Marks((sha256) => blobs.has(sha256));
  const known = await options.askKnownAgents((bytes) => marks.lookThrough(bytes));
  const recorded = await recordedAgents(store, records);
  const givenUp = endedBefore === null ? new Set<string>() : agentsGivenUp(recorded, known, endedBefore);
  const lineages = new Set(known.lineages);
  for (const { agentId, lineage } of recorded) if (!givenUp.has(agentId)) lineages.add(lineage);

  const isRetained = ({ name, writtenAt }: StoredRecord): boolean => {
    const owner = ownerOf(name);
    if (owner.kind === 'agent') return !givenUp.has(owner.agentId);
    if (writtenAt > youngerThan || owner.kind === 'unknown') return true;
    // What a kernel's cells submitted is read until a history has it.
    if (owner.kind === 'kernel') return marks.mentionsKernel(owner.kernelId);
    // A fork takes answers from the attempts that its journal names.
    return lineages.has(owner.lineage) || marks.mentionsLineage(owner.lineage);
  };
  for (const { sha256, putAt } of blobs.values()) if (putAt > youngerThan) marks.reach(sha256);
  const damaged: string[] = [];
  const retained = new Set<StoredRecord>();
  let found: StoredRecord[] = [];
  do {
    for (const { name } of found) marks.lookThrough((await store.readRecord(name)) ?? new Uint8Array());
    damaged.push(...(await lookThroughBlobs(store, blobs, marks)));
    // What was looked through may mention the owners of further records.
    found = records.filter((record) => !retained.has(record) && isRetained(record));
    for (const record of found) retained.add(record);
  } while (found.length > 0);

  const report = newReport(damaged);
  for (const record of records) {
    const { name, bytes, writtenAt } = record;
    const goes = !retained.has(record) && (dryRun || (await store.removeRecord(name, writtenAt)));
    add(goes ? report.removed.records : report.kept.records, bytes);
  }
  for (const { sha256, bytes } of blobs.values()) {
    const goes = !marks.isReached(sha256) && (dryRun || (await store.removeBlob(sha256, youngerThan)));
    add(goes ? report.removed.blobs : report.kept.blobs, bytes);
  }
  if (!dryRun) report.removed.leftovers = await store.removeLeftovers(youngerThan);
  return report;
}

async function recordedAgents(store: ArtifactStore, records: readonly StoredRecord[]): Promise<RecordedAgent[]> {
  const agents: RecordedAgent[] = [];
  for (const { name } of records) {
    if (ownerOf(name).kind !== 'agent') continue;
    const bytes = await store.readRecord(name);
    if (bytes) agents.push(readRecord(name, bytes));
  }
  return agents;
}

function readRecord(name: string, bytes: Uint8Array): RecordedAgent {
  try {
    return RecordedAgent.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    throw new UsageError(
      `the record ${name} of the artifact store cannot be read, so that nobody knows what it needs: ${firstWords(error)}`,
    );
  }
}

/** Follows references from blob to blob, until there is none that was not looked through. Returns the damaged ones. */
async function lookThroughBlobs(
  store: ArtifactStore,
  blobs: ReadonlyMap<string, StoredBlob>,
  marks: Marks,
): Promise<string[]> {
  const damaged: string[] = [];
  for (let sha256 = marks.next(); sha256 !== undefined; sha256 = marks.next()) {
    try {
      marks.lookThrough(await store.get({ sha256, bytes: blobs.get(sha256)?.bytes ?? 0 }));
    } catch (error) {
      if (!(error instanceof ArtifactMissing)) throw error;
      damaged.push(sha256);
    }
  }
  return damaged;
}

function newReport(damaged: string[]): CollectReport {
  const none = (): Amount => ({ count: 0, bytes: 0 });
  return {
    removed: { blobs: none(), records: none(), leftovers: none() },
    kept: { blobs: none(), records: none() },
    damaged,
  };
}

function add(amount: Amount, bytes: number): void {
  amount.count += 1;
  amount.bytes += bytes;
}
