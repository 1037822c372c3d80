import type { ArtifactStore } from '../artifacts/store.ts';
import { readAgent } from '../results/read-run.ts';
import { type AgentOutline, parentOf, type RunOutline } from './outline.ts';
import { outlineOfAgent } from './outline-documents.ts';

/**
 * The outline of a run that has ended, from the results of its agents; null where its root left none.
 *
 * @param lineage The root's attempt: the results of another are not its own. Null: any.
 */
export async function readOutline(
  store: ArtifactStore,
  runId: string,
  lineage: string | null,
): Promise<RunOutline | null> {
  const root = await readAgent(store, runId);
  if (root === null || (lineage !== null && root.lineage !== lineage)) return null;
  const agents = new Map<string, AgentOutline>();
  const add = async (agentId: string): Promise<void> => {
    const record = agentId === runId ? root : await readAgent(store, agentId);
    if (record === null) return;
    const outline = outlineOfAgent(record);
    agents.set(agentId, outline);
    for (const child of outline.children) await add(child);
    outline.children = outline.children.filter((child) => agents.has(child));
  };
  await add(runId);
  const { signature, limits, workspace } = root;
  return {
    runId,
    scripted: [...agents.values()].some(({ model }) => model?.startsWith('scripted/')),
    signature,
    limits,
    repository: workspace?.repository ?? null,
    commit: workspace?.commit ?? null,
    agents,
  };
}

/** The id of the run that an agent belongs to. */
export function runOf(agentId: string): string {
  const parent = parentOf(agentId);
  return parent === null ? agentId : runOf(parent);
}
