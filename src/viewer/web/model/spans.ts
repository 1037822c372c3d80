import { isSubAgentFunction } from '../../../agent/call-functions.ts';
import type { AgentOutline, RunOutline } from '../../outline.ts';
import { startedIn } from './agent-tree.ts';

/** What an agent does in a span of time. `waiting`: its cell waits for queries, tools or sub-agents. */
export type SpanKind = 'model' | 'cell' | 'waiting' | 'answering';

export interface Span {
  kind: SpanKind;
  from: number;
  to: number;
  iteration: number | null;
  /** What it is, in a few words. */
  label: string;
}

/** What an agent did when. Spans that lie over others come after them. */
export function spansOf(agent: AgentOutline, now: number): Span[] {
  const spans: Span[] = [];
  const end = agent.endedAt ?? now;
  for (const { index: iteration, startedAt, repliedAt, endedAt, status, calls } of agent.iterations) {
    const stop = endedAt ?? end;
    const replied = repliedAt ?? (status === null ? stop : startedAt);
    spans.push({ kind: 'model', from: startedAt, to: replied, iteration, label: `iteration ${iteration}: model` });
    if (status === 'no-code' || replied >= stop) continue;
    spans.push({ kind: 'cell', from: replied, to: stop, iteration, label: `iteration ${iteration}: cell` });
    for (const call of calls) {
      const count = call.count > 1 ? ` × ${call.count}` : '';
      const to = Math.min(call.endedAt ?? stop, stop);
      const label = `iteration ${iteration}: waiting for ${call.function}${count}`;
      spans.push({ kind: 'waiting', from: call.startedAt, to, iteration, label });
    }
  }
  const { extraction } = agent;
  if (extraction) {
    const to = extraction.endedAt ?? end;
    spans.push({ kind: 'answering', from: extraction.startedAt, to, iteration: null, label: 'answering at a limit' });
  }
  return spans;
}

/** A sub-agent's start, where its parent's line shows it. */
export interface SubAgentStart {
  agentId: string;
  task: string;
  at: number;
  /** The parent's. */
  iteration: number | null;
}

/** When an agent started which sub-agents. */
export function startsOf(agent: AgentOutline, agents: RunOutline['agents']): SubAgentStart[] {
  return agent.children.flatMap((agentId) => {
    const child = agents.get(agentId);
    return child ? [{ agentId, task: child.task, at: child.startedAt, iteration: startedIn(agentId) }] : [];
  });
}

/** The sub-agent's start that is nearest to a time, and no farther from it than `reach`; null: none is. */
export function nearestStart(
  agent: AgentOutline,
  agents: RunOutline['agents'],
  at: number,
  reach: number,
): SubAgentStart | null {
  const distance = (start: SubAgentStart) => Math.abs(start.at - at);
  const near = startsOf(agent, agents).filter((start) => distance(start) <= reach);
  return near.sort((a, b) => distance(a) - distance(b))[0] ?? null;
}

/** When a run began and when it ended, or now. */
export function extentOf({ agents }: RunOutline, now: number): { from: number; to: number } {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { startedAt, endedAt } of agents.values()) {
    from = Math.min(from, startedAt);
    to = Math.max(to, endedAt ?? now);
  }
  return agents.size === 0 ? { from: now, to: now + 1 } : { from, to: Math.max(to, from + 1) };
}

/** How many of each were at work at once, over time. */
export interface Parallelism {
  /** Seconds since the run's beginning. */
  at: number[];
  agents: number[];
  models: number[];
  cells: number[];
  queries: number[];
}

type Counted = 'agents' | 'models' | 'cells' | 'queries';

/** Counts who was at work, at so many moments. */
export function parallelismOf(
  outline: RunOutline,
  now: number,
  { from, to } = extentOf(outline, now),
  moments = 240,
): Parallelism {
  const { from: begun } = extentOf(outline, now);
  const step = (to - from) / moments;
  const changes: Record<Counted, Float64Array> = {
    agents: new Float64Array(moments + 2),
    models: new Float64Array(moments + 2),
    cells: new Float64Array(moments + 2),
    queries: new Float64Array(moments + 2),
  };
  // What is shorter than a moment counts for its part of it, so that nothing is lost between two.
  const add = (counted: Counted, begin: number, end: number, weight = 1) => {
    const first = Math.max(0, (begin - from) / step);
    const last = Math.min(moments, (end - from) / step);
    for (let moment = Math.floor(first); moment < last; moment += 1) {
      const share = Math.min(last, moment + 1) - Math.max(first, moment);
      changes[counted][moment] = (changes[counted][moment] ?? 0) + share * weight;
    }
  };
  for (const agent of outline.agents.values()) {
    add('agents', agent.startedAt, agent.endedAt ?? now);
    for (const span of spansOf(agent, now)) {
      if (span.kind === 'model' || span.kind === 'answering') add('models', span.from, span.to);
      if (span.kind === 'cell') add('cells', span.from, span.to);
    }
    for (const { calls } of agent.iterations) {
      for (const call of calls) {
        if (isSubAgentFunction(call.function)) continue;
        add('queries', call.startedAt, call.endedAt ?? agent.endedAt ?? now, call.count);
      }
    }
  }
  const series = (counted: Counted) =>
    Array.from(changes[counted].slice(0, moments), (value) => Math.round(value * 100) / 100);
  return {
    at: Array.from({ length: moments }, (_, moment) => (from - begun + (moment + 0.5) * step) / 1_000),
    agents: series('agents'),
    models: series('models'),
    cells: series('cells'),
    queries: series('queries'),
  };
}
