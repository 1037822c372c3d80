import { addUsage } from '../agent/sum-usage.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { type AgentDocument, AgentRecord, agentRecordName, type RunDocument } from './run-document.ts';

/** Reads the results of a run that has ended from the artifact store; null where its root left no record. */
export async function readRun(store: ArtifactStore, runId: string): Promise<RunDocument | null> {
  const record = await readAgent(store, runId);
  if (record === null) return null;
  const root = await withChildren(store, record);
  const { status, finish, output, error, startedAt, durationMs, signature, model, limits, workspace } = record;
  return {
    runId,
    status,
    finish,
    output,
    ...(error ? { error } : {}),
    ...(root.patch === undefined ? {} : { patch: root.patch }),
    usage: usageOfTree(root),
    startedAt,
    durationMs,
    recoveries: 0,
    signature,
    model,
    ...(workspace ? { repository: workspace.repository, commit: workspace.commit } : {}),
    limits,
    scripted: modelsOf(root).some((name) => name.startsWith('scripted/')),
    root,
  };
}

/** Reads one agent's record. */
export async function readAgent(store: ArtifactStore, agentId: string): Promise<AgentRecord | null> {
  const bytes = await store.readRecord(agentRecordName(agentId));
  return bytes === null ? null : AgentRecord.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}

async function withChildren(store: ArtifactStore, record: AgentRecord): Promise<AgentDocument> {
  const {
    children,
    lineage: _lineage,
    signature: _signature,
    limits: _limits,
    workspace: _workspace,
    ...rest
  } = record;
  const { patch, ...agent } = rest;
  const records = await Promise.all(children.map((child) => readAgent(store, child)));
  const found = records.filter((child) => child !== null);
  const changed = patch ? { patch: Buffer.from(await store.get(patch)).toString('utf8') } : {};
  return { ...agent, ...changed, children: await Promise.all(found.map((child) => withChildren(store, child))) };
}

function usageOfTree(agent: AgentDocument): AgentDocument['usage'] {
  return agent.children.map(usageOfTree).reduce(addUsage, agent.usage);
}

function modelsOf(agent: AgentDocument): string[] {
  return [agent.model, ...agent.children.flatMap(modelsOf)];
}
