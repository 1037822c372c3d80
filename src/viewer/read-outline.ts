import type { ArtifactStore } from '../artifacts/store.ts';
import { readAgent } from '../results/read-run.ts';
import type { AgentRecord } from '../results/run-document.ts';
import type { AgentOutline, RunOutline } from './outline.ts';
import { outlineOfAgent } from './outline-documents.ts';

/**
 * The outline of a run that has ended, from the results of its agents; null where its root left none.
 *
 * @param lineage The root's attempt: the results of another are not its own. Null: any.
 * @param onRoot Told the outline of the root alone, while those below it are read.
 */
export async function readOutline(
  store: ArtifactStore,
  runId: string,
  lineage: string | null,
  onRoot: (outline: RunOutline) => void = () => {},
): Promise<RunOutline | null> {
  const root = await readAgent(store, runId);
  if (root === null || (lineage !== null && root.lineage !== lineage)) return null;
  const agents = new Map([[runId, outlineOfAgent(root)]]);
  if (root.children.length > 0) onRoot(outlineOf(root, new Map(agents)));
  for (let parents = [...agents.values()]; parents.length > 0; ) {
    const wanted = parents.flatMap(({ children }) => children);
    const found = await readTogether(store, wanted);
    for (const agent of found) agents.set(agent.agentId, agent);
    // What left no results is not shown.
    for (const parent of parents) parent.children = parent.children.filter((child) => agents.has(child));
    parents = found;
  }
  return outlineOf(root, agents);
}

function outlineOf(root: AgentRecord, agents: Map<string, AgentOutline>): RunOutline {
  const { agentId, signature, limits, workspace } = root;
  return {
    runId: agentId,
    scripted: [...agents.values()].some(({ model }) => model?.startsWith('scripted/')),
    signature,
    limits,
    repository: workspace?.repository ?? null,
    commit: workspace?.commit ?? null,
    agents,
  };
}

/** Each is read while others are: most of the time goes into waiting for the store. */
const together = 32;

async function readTogether(store: ArtifactStore, agentIds: readonly string[]): Promise<AgentOutline[]> {
  const found: AgentOutline[] = [];
  const next = agentIds.values();
  const readInTurn = async () => {
    for (const agentId of next) {
      const record = await readAgent(store, agentId);
      if (record !== null) found.push(outlineOfAgent(record));
    }
  };
  await Promise.all(Array.from({ length: Math.min(together, agentIds.length) }, readInTurn));
  return found;
}
