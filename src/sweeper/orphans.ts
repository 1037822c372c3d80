import type { SandboxInformation } from '../sandbox/provider.ts';

/** What is known of the workflow with an agent's id. */
export type AgentWorkflow =
  | {
      state: 'open';
      /** Its first execution, which tells it from an earlier one of that id; null where the server does not say. */
      lineage: string | null;
    }
  | { state: 'closed'; status: string }
  /** Temporal has none of that id. */
  | { state: 'unknown' }
  /** Temporal did not answer. */
  | { state: 'unanswered'; reason: string };

/** What is to become of a sandbox. */
export type Verdict = { kind: 'kept' } | { kind: 'orphan' | 'undecided'; reason: string };

export interface SweepScope {
  /** Sandboxes that are labelled with another namespace are left to those who sweep that one. */
  namespace: string;
  /** The id of that namespace, which no other server has; null where the server does not tell. */
  namespaceId: string | null;
  /** Whether sandboxes without such an id are ours: those of a host are, those of a service may be anybody's. */
  ownsUnlabelled: boolean;
  /** Milliseconds since the epoch. */
  now: number;
}

/** Providers' clocks differ from ours, and what has just been made is being used. */
const youngMs = 60_000;

const kept: Verdict = { kind: 'kept' };

/** The ids of the agents on whose workflows it depends which of the sandboxes are orphans, each once. */
export function agentsInQuestion(sandboxes: readonly SandboxInformation[], scope: SweepScope): string[] {
  const agents = sandboxes.filter((sandbox) => isInScope(sandbox, scope) && !isRepl(sandbox)).map(agentOf);
  return [...new Set(agents.filter((agent) => agent !== null))];
}

/**
 * Whether a sandbox has no agent any more. One that is young, of another namespace or without labels is kept, and so is
 * one whose agent is not among the workflows.
 */
export function judge(
  sandbox: SandboxInformation,
  workflows: ReadonlyMap<string, AgentWorkflow>,
  scope: SweepScope,
): Verdict {
  if (!isInScope(sandbox, scope)) return kept;
  if (isRepl(sandbox)) return sandbox.state === 'ended' ? { kind: 'orphan', reason: 'a REPL that has ended' } : kept;
  const agent = agentOf(sandbox);
  const workflow = agent === null ? undefined : workflows.get(agent);
  switch (workflow?.state) {
    case undefined:
      return kept;
    case 'unanswered':
      return { kind: 'undecided', reason: workflow.reason };
    case 'unknown':
      return { kind: 'orphan', reason: 'Temporal knows no such agent' };
    case 'closed':
      return { kind: 'orphan', reason: `its agent is ${workflow.status}` };
    case 'open': {
      const lineage = sandbox.labels['rlm.lineage'];
      const isOfEarlier = lineage && workflow.lineage && lineage !== workflow.lineage;
      return isOfEarlier ? { kind: 'orphan', reason: 'of an earlier agent with this id' } : kept;
    }
  }
}

/** The run of a sandbox; null where it has no such label. */
export function runOf({ labels }: SandboxInformation): string | null {
  return labels['rlm.run'] || null;
}

/** The agent of a sandbox; null where it has no such label. */
export function agentOf({ labels }: SandboxInformation): string | null {
  return labels['rlm.agent'] || null;
}

function isInScope({ labels, createdAt }: SandboxInformation, scope: SweepScope): boolean {
  const { namespace, namespaceId, ownsUnlabelled, now } = scope;
  const isOldEnough = now - createdAt.getTime() >= youngMs; // false where nobody knows its age
  if (!isOldEnough || (labels['rlm.namespace'] || namespace) !== namespace) return false;
  const id = labels['rlm.namespace-id'];
  // Many servers have a namespace of that name, and one of them must not end the sandboxes of another.
  return id ? id === namespaceId : ownsUnlabelled;
}

/** There is no workflow of a REPL that could be asked. */
function isRepl(sandbox: SandboxInformation): boolean {
  return runOf(sandbox) === 'repl';
}
