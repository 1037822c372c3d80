import type { PreparedAgent } from '../agent/agent-arguments.ts';
import { type Archive, joinArchives } from '../agent/archive.ts';
import type { CallRecord, IterationRecord } from '../agent/cell.ts';
import type { Compaction } from '../agent/compaction.ts';
import type { AnswerSource, Journal } from '../agent/journal.ts';
import { taskOf } from '../agent/task-of.ts';
import { truncateAnswer } from '../agent/truncate-answer.ts';
import type { Usage } from '../agent/usage.ts';
import type { Patch } from '../agent/workspace.ts';
import type { ArtifactReference } from '../artifacts/store.ts';
import { loadValue } from '../artifacts/stored-value.ts';
import { readIteration } from '../results/read-iteration.ts';
import {
  type AgentRecord,
  agentRecordName,
  type CallDocument,
  type ForkOf,
  type SummaryDocument,
} from '../results/run-document.ts';
import type { Outcome } from '../workflows/outcome.ts';
import { activity } from './activity-scope.ts';
import { readArchive } from './archive-iterations.ts';
import type { Dependencies } from './dependencies.ts';

export interface RecordAgentInput {
  agentId: string;
  lineage: string;
  depth: number;
  parentIteration?: number;
  prepared: PreparedAgent;
  startedAt: number;
  durationMs: number;
  sandboxId: string | null;
  usage: Usage;
  iterations: IterationRecord[];
  codes: Archive['codes'];
  delivered: Archive['delivered'];
  /** What earlier executions of the workflow put aside. */
  archive: ArtifactReference | null;
  children: string[];
  remarks: string[];
  transcript: ArtifactReference | null;
  outcome: Outcome;
  /** Null: it has no workspace, or its patch could not be taken. */
  patch: Patch | null;
  /** Sandboxes and kernels built in place of lost ones. */
  recoveries: number;
  /** Where its kept answers are. */
  sources: AnswerSource[];
  forkOf: ForkOf | null;
  compactions: Compaction[];
}

/** Writes what an agent did, in full, where clients read it: also after its history is gone. */
export function recordAgentActivity(dependencies: Dependencies) {
  return activity(async (input: RecordAgentInput): Promise<void> => {
    const { store } = dependencies;
    const { agentId, lineage, depth, prepared, outcome, sandboxId, usage, children, remarks } = input;
    const journal: Journal = {
      ...joinArchives(await readArchive(store, input.archive), input),
      prepared,
      compactions: input.compactions,
      sources: input.sources,
    };
    const { iterations } = journal;
    const output = outcome.status === 'completed' ? await loadValue(store, outcome.output) : null;
    const record: AgentRecord = {
      agentId,
      lineage,
      transcript: input.transcript,
      depth,
      task: taskOf(prepared),
      status: outcome.status,
      finish: outcome.status === 'cancelled' ? null : outcome.finish,
      output: output as Record<string, unknown> | null,
      ...(outcome.status === 'failed' ? { error: outcome.error } : {}),
      ...(depth > 0 && output !== null
        ? { resultTruncated: truncateAnswer(output, prepared.limits.resultTruncationLimit).truncated }
        : {}),
      ...(input.patch?.stored ? { patch: input.patch.stored } : {}),
      ...(prepared.workspace ? { workspace: prepared.workspace } : {}),
      sandboxId,
      model: prepared.model,
      subModel: prepared.subModel,
      inputs: prepared.inputs,
      ...(input.parentIteration === undefined ? {} : { parentIteration: input.parentIteration }),
      startedAt: new Date(input.startedAt).toISOString(),
      durationMs: atLeastNone(input.durationMs),
      usage,
      iterations: await Promise.all(iterations.map((iteration) => iterationDocument(dependencies, iteration))),
      ...(input.compactions.length > 0
        ? { summaries: await Promise.all(input.compactions.map((one) => summaryDocument(dependencies, one))) }
        : {}),
      ...(remarks.length > 0 ? { remarks } : {}),
      children,
      recoveries: input.recoveries,
      journal: await store.put(Buffer.from(JSON.stringify(journal))),
      ...(input.forkOf ? { forkOf: input.forkOf } : {}),
      compactions: input.compactions.length,
      signature: prepared.signature.text,
      limits: prepared.limits,
    };
    await store.writeRecord(agentRecordName(agentId), Buffer.from(JSON.stringify(record)));
  });
}

/** The conversation that a compaction began has the summary after the system message and the first one. */
async function summaryDocument(
  { transcripts }: Dependencies,
  { afterIteration, transcript }: Compaction,
): Promise<SummaryDocument> {
  const { messages } = await transcripts.entry(transcript);
  return { afterIteration, text: messages[2]?.content ?? '' };
}

async function iterationDocument(
  { store }: Dependencies,
  { index, startedAt, durationMs, modelMs, transcript, cell, calls }: IterationRecord,
): Promise<AgentRecord['iterations'][number]> {
  const { told: _told, ...texts } = await readIteration(store, transcript, cell?.output ?? null);
  return {
    index,
    startedAt: new Date(startedAt).toISOString(),
    durationMs: atLeastNone(durationMs),
    ...(modelMs === undefined ? {} : { modelMs: atLeastNone(modelMs) }),
    transcript,
    ...texts,
    error: cell === null && texts.code !== null ? 'the cell was cut off' : texts.error,
    // They are recorded as they end.
    calls: calls.toSorted((a, b) => a.startedAt - b.startedAt).map(callDocument),
  };
}

function callDocument({ startedAt, durationMs, ...call }: CallRecord): CallDocument {
  return { ...call, startedAt: new Date(startedAt).toISOString(), durationMs: atLeastNone(durationMs) };
}

/** Two readings of a server's clock are no duration where that was set back between them. */
function atLeastNone(durationMs: number): number {
  return Math.max(0, durationMs);
}
