import { parentOf, shortId } from '../../../agent/names.ts';
import type { AgentOutline, RunOutline } from '../../outline.ts';

/** Which agents of a run are shown, and how. */
export interface TreeFilter {
  /** Agents whose sub-agents are hidden. */
  collapsed: ReadonlySet<string>;
  /** Agents that match, and what leads to them, are shown; '' matches all. */
  search: string;
}

/** An agent where the tree shows it. */
export interface TreeRow {
  agent: AgentOutline;
  /** How many are below it. */
  below: number;
  isCollapsed: boolean;
  /** Whether the search found it itself. */
  isMatch: boolean;
}

/** The agents that are shown, each parent before its sub-agents. */
export function visibleRows(outline: RunOutline, { collapsed, search }: TreeFilter): TreeRow[] {
  const matches = search.trim() === '' ? null : matching(outline, search);
  const leading = matches && withAncestors(outline, matches);
  const rows: TreeRow[] = [];
  const counts = countBelow(outline);
  const add = (agentId: string): void => {
    const agent = outline.agents.get(agentId);
    if (!agent || (leading && !leading.has(agentId))) return;
    // What was searched for is shown, however it was folded.
    const isCollapsed = leading === null && collapsed.has(agentId) && agent.children.length > 0;
    rows.push({ agent, below: counts.get(agentId) ?? 0, isCollapsed, isMatch: matches?.has(agentId) ?? false });
    if (!isCollapsed) agent.children.forEach(add);
  };
  add(outline.runId);
  return rows;
}

function matching({ agents, runId }: RunOutline, search: string): Set<string> {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = new Set<string>();
  for (const { agentId, task, answer, status, error } of agents.values()) {
    // The run's id is part of every agent's, and says nothing of one of them.
    const text =
      `${agentId.slice(runId.length)} ${status} ${task} ${answer ?? ''} ${error?.message ?? ''}`.toLowerCase();
    if (words.every((word) => text.includes(word))) found.add(agentId);
  }
  return found;
}

function withAncestors({ agents }: RunOutline, found: ReadonlySet<string>): Set<string> {
  const all = new Set<string>();
  for (const agentId of found) {
    for (let at: string | null = agentId; at !== null && !all.has(at); at = agents.get(at)?.parentId ?? null)
      all.add(at);
  }
  return all;
}

function countBelow({ agents, runId }: RunOutline): Map<string, number> {
  const counts = new Map<string, number>();
  const count = (agentId: string): number => {
    const children = agents.get(agentId)?.children ?? [];
    const below = children.reduce((sum, child) => sum + (agents.has(child) ? 1 + count(child) : 0), 0);
    counts.set(agentId, below);
    return below;
  };
  count(runId);
  return counts;
}

/** The agents in the order of the tree. */
export function agentsInOrder(outline: RunOutline): AgentOutline[] {
  return visibleRows(outline, { collapsed: new Set(), search: '' }).map(({ agent }) => agent);
}

/** Whether something went wrong with an agent: it failed, or the cell that it ran last did. */
export function isFailing(agent: AgentOutline): boolean {
  if (agent.status === 'failed') return true;
  const status = agent.iterations.at(-1)?.status;
  return agent.status === 'running' && (status === 'error' || status === 'timeout' || status === 'kernel-died');
}

/** The failing agent after the given one, in the order of the tree and round again; null where none fails. */
export function nextFailing(outline: RunOutline, after: string): string | null {
  const agents = agentsInOrder(outline);
  const place = agents.findIndex(({ agentId }) => agentId === after);
  const turned = [...agents.slice(place + 1), ...agents.slice(0, place + 1)];
  return turned.find(isFailing)?.agentId ?? null;
}

/** How long an agent worked, without the time in which it waited for its sub-agents, in milliseconds. */
export function ownTime(outline: RunOutline, agent: AgentOutline, now: number): number {
  const spans = agent.children
    .flatMap((child) => outline.agents.get(child) ?? [])
    .map(({ startedAt, endedAt }) => [startedAt, endedAt ?? now] as const)
    .sort((a, b) => a[0] - b[0]);
  let waited = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const [from, to] of spans) {
    waited += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return (agent.endedAt ?? now) - agent.startedAt - waited;
}

/** The agent that itself took longest. */
export function slowest(outline: RunOutline, now: number): string | null {
  let longest: { agentId: string; time: number } | null = null;
  for (const agent of outline.agents.values()) {
    const time = ownTime(outline, agent, now);
    if (longest === null || time > longest.time) longest = { agentId: agent.agentId, time };
  }
  return longest?.agentId ?? null;
}

/** What an agent is called beside others of its run. */
export function nameOf({ agentId, depth }: Pick<AgentOutline, 'agentId' | 'depth'>): string {
  return depth === 0 ? 'root' : shortId(agentId);
}

/** The iteration of its parent that started an agent: its id says so. */
export function startedIn(agentId: string): number | null {
  const [iteration] = shortId(agentId).split('.');
  return parentOf(agentId) !== null && iteration ? Number(iteration) || null : null;
}
