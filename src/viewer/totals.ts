import { addUsage, newUsage } from '../agent/sum-usage.ts';
import type { Usage } from '../agent/usage.ts';
import type { RunOutline } from './outline.ts';

/** What a run has used and how it went, all agents together. */
export interface Totals {
  usage: Usage;
  running: number;
  failed: number;
  recoveries: number;
}

export function totalsOf({ agents }: RunOutline): Totals {
  let usage: Usage = { ...newUsage(0), agents: 0 };
  let running = 0;
  let failed = 0;
  let recoveries = 0;
  for (const agent of agents.values()) {
    usage = addUsage(usage, agent.usage);
    recoveries += agent.recoveries;
    if (agent.status === 'running') running += 1;
    if (agent.status === 'failed') failed += 1;
  }
  return { usage: { ...usage, agents: agents.size }, running, failed, recoveries };
}
