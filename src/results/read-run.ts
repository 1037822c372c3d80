import { isScripted } from '../agent/names.ts';
import { addUsage } from '../agent/sum-usage.ts';
import type { ArtifactReference, ArtifactStore } from '../artifacts/store.ts';
import { CallExcerpts } from './call-excerpts.ts';
import { answerSources } from './read-call.ts';
import {
  type AgentDocument,
  AgentRecord,
  agentRecordName,
  type IterationDocument,
  type RunDocument,
} from './run-document.ts';

/**
 * Reads the results of a run that has ended from the artifact store; null where its root left no record.
 *
 * @param lineage Of the run, where it is known: the record of an earlier run with the same id is not its.
 */
export async function readRun(store: ArtifactStore, runId: string, lineage?: string): Promise<RunDocument | null> {
  const record = await readAgent(store, runId);
  if (record === null || (lineage !== undefined && record.lineage !== lineage)) return null;
  const tally = { leftBytes: agentsPatchesBytes, recoveries: 0, calls: new CallExcerpts(store) };
  const root = await withChildren(store, record, tally);
  const { status, finish, output, error, startedAt, durationMs, signature, model, limits, workspace } = record;
  return {
    runId,
    status,
    finish,
    output,
    ...(error ? { error } : {}),
    ...(record.patch === undefined ? {} : { patch: await readText(store, record.patch) }),
    usage: usageOfTree(root),
    startedAt,
    durationMs,
    recoveries: tally.recoveries,
    compactions: compactionsOf(root),
    signature,
    model,
    ...(workspace ? { repository: workspace.repository, commit: workspace.commit } : {}),
    limits,
    scripted: modelsOf(root).some(isScripted),
    root,
  };
}

/** Reads one agent's record. */
export async function readAgent(store: ArtifactStore, agentId: string): Promise<AgentRecord | null> {
  const bytes = await store.readRecord(agentRecordName(agentId));
  return bytes === null ? null : AgentRecord.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}

/**
 * What the patches of agents may take in the results, all together. The run's own patch, the root's, is always there; with
 * more than this beside it, the results could be longer than a JSON text can be.
 */
const agentsPatchesBytes = 64 * 1024 * 1024;

/** An agent with its descendants; counts into `tally` what the run has altogether. */
async function withChildren(
  store: ArtifactStore,
  record: AgentRecord,
  tally: { leftBytes: number; recoveries: number; calls: CallExcerpts },
): Promise<AgentDocument> {
  const {
    children,
    lineage: _lineage,
    inputs,
    iterations: _iterations,
    signature: _signature,
    limits: _limits,
    workspace: _workspace,
    journal: _journal,
    transcript: _transcript,
    ...rest
  } = record;
  const { patch, ...agent } = rest;
  tally.recoveries += record.recoveries;
  const isShown = patch !== undefined && patch.bytes <= tally.leftBytes;
  if (isShown) tally.leftBytes -= patch.bytes;
  const records = await Promise.all(children.map((child) => readAgent(store, child)));
  const found = records.filter((child) => child !== null);
  return {
    ...agent,
    ...(inputs ? { inputs: inputs.map(({ preview }) => preview) } : {}),
    iterations: await withExcerpts(store, record, tally.calls),
    ...(isShown ? { patch: await readText(store, patch) } : {}),
    ...(patch && !isShown ? { remarks: [...(agent.remarks ?? []), elsewhere(patch)] } : {}),
    children: await Promise.all(found.map((child) => withChildren(store, child, tally))),
  };
}

async function withExcerpts(
  store: ArtifactStore,
  record: AgentRecord,
  excerpts: CallExcerpts,
): Promise<IterationDocument[]> {
  // Where a fork's calls were answered is told by an artifact, without which the results stand too.
  const sources = await answerSources(store, record).catch(() => []);
  const documents: IterationDocument[] = [];
  for (const { transcript: _transcript, calls, ...iteration } of record.iterations) {
    documents.push({ ...iteration, calls: await Promise.all(calls.map((call) => excerpts.add(sources, call))) });
  }
  return documents;
}

async function readText(store: ArtifactStore, reference: ArtifactReference): Promise<string> {
  return Buffer.from(await store.get(reference)).toString('utf8');
}

function elsewhere({ sha256, bytes }: ArtifactReference): string {
  return `its patch of ${bytes} bytes is too large to stand here too: it is the artifact ${sha256}`;
}

function usageOfTree(agent: AgentDocument): AgentDocument['usage'] {
  return agent.children.map(usageOfTree).reduce(addUsage, agent.usage);
}

function compactionsOf({ compactions, children }: AgentDocument): number {
  return children.reduce((sum, child) => sum + compactionsOf(child), compactions);
}

function modelsOf(agent: AgentDocument): string[] {
  return [agent.model, ...agent.children.flatMap(modelsOf)];
}
