import type { Client } from '@temporalio/client';
import { forEachAtOnce } from '../for-each-at-once.ts';
import type { SandboxProvider } from '../sandbox/provider.ts';
import { askNamespaceId } from './ask-namespace.ts';
import { askWorkflow } from './ask-workflow.ts';
import { firstWords } from './first-words.ts';
import { type AgentWorkflow, agentOf, agentsInQuestion, judge, runOf } from './orphans.ts';

/** What a sweep did. */
export interface SweepReport {
  /** What is gone, and why nobody needed it. */
  deleted: { id: string; run: string | null; agent: string | null; reason: string }[];
  /** What could not be judged or deleted, and why; the next sweep tries again. */
  failed: { id: string; reason: string }[];
  /** How many sandboxes are in use, or none of ours to delete. */
  kept: number;
}

export interface SweepOptions {
  /** Where the workflows of the agents are; its namespace is the one that is swept. */
  client: Client;
  /** Aborted, it deletes no more and throws. */
  signal?: AbortSignal;
}

/**
 * Deletes the provider's sandboxes that have no agent any more. Throws where they cannot even be listed; any other
 * failure is reported, and keeps nothing else from being deleted.
 */
export async function sweep(provider: SandboxProvider, { client, signal }: SweepOptions): Promise<SweepReport> {
  // Listed before workflows are asked for: of one that is closed by then, the list has no sandbox that is still needed.
  const sandboxes = await provider.list();
  const { namespace } = client.options;
  const namespaceId = await askNamespaceId(client.connection, namespace);
  const scope = { namespace, namespaceId, ownsUnlabelled: provider.host !== null, now: Date.now() };
  const workflows = new Map<string, AgentWorkflow>();
  await forEachAtOnce(agentsInQuestion(sandboxes, scope), signal, async (agent) => {
    workflows.set(agent, await askWorkflow(client, agent));
  });

  const report: SweepReport = { deleted: [], failed: [], kept: 0 };
  await forEachAtOnce(sandboxes, signal, async (sandbox) => {
    const { id } = sandbox;
    const verdict = judge(sandbox, workflows, scope);
    if (verdict.kind === 'kept') report.kept += 1;
    else if (verdict.kind === 'undecided') report.failed.push({ id, reason: verdict.reason });
    else {
      try {
        await provider.delete({ provider: provider.name, id, host: provider.host });
        report.deleted.push({ id, run: runOf(sandbox), agent: agentOf(sandbox), reason: verdict.reason });
      } catch (error) {
        report.failed.push({ id, reason: firstWords(error) });
      }
    }
  });
  return report;
}
