import { signal } from '@preact/signals';

/** Agents whose sub-agents are hidden. */
export const collapsed = signal<ReadonlySet<string>>(new Set());
/** What is searched for among the agents. */
export const search = signal('');

export function toggleCollapsed(agentId: string): void {
  const next = new Set(collapsed.value);
  if (!next.delete(agentId)) next.add(agentId);
  collapsed.value = next;
}
