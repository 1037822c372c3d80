import type { Colors } from 'picocolors/types.js';
import { shortId } from '../agent/names.ts';
import { drawTree, type TreeLine } from './draw-tree.ts';
import { formatCost, formatCount, formatCounted, formatDuration } from './format-quantities.ts';
import { onOneLine } from './printable.ts';
import { type AgentView, activityOf, type RunView, totalsOf } from './run-view.ts';
import { type Segment, styledLine } from './styled-line.ts';

export interface Canvas {
  columns: number;
  rows: number;
  colors: Colors;
  /** Milliseconds since the epoch. */
  now: number;
  /** Where the Web UI shows the run. */
  webUi: string | null;
}

/** The run as lines that fit a terminal: what it is, the tree with what each agent does, and what it cost so far. */
export function renderRun(view: RunView, canvas: Canvas): string[] {
  const { columns, rows, colors, webUi } = canvas;
  const root = view.agents.get(view.runId);
  const toLine = (segments: Segment[]) => styledLine(segments, columns);
  const footer = [toLine(figures(view, canvas)), ...(webUi ? [colors.dim(webUi)] : [])];
  if (!root) return [toLine([[view.runId, colors.bold], ' is starting']), ...footer];
  const childrenOf = (agent: AgentView) => agent.children.flatMap((id) => view.agents.get(id) ?? []);
  const tree = drawTree(root, childrenOf);
  const shown = mostTelling(tree, Math.max(1, rows - footer.length - 2));
  const hidden = tree.length - shown.length;
  const more = hidden > 0 ? [toLine([[`   … and ${formatCounted(hidden, 'agent')} more`, colors.dim]])] : [];
  return [...shown.map((line) => toLine(agentSegments(line, view, canvas))), ...more, ...footer];
}

/** Those that still run go before those that have ended, in the tree's order, when there is no room for all. */
function mostTelling(tree: TreeLine<AgentView>[], room: number): TreeLine<AgentView>[] {
  if (tree.length <= room) return tree;
  const byState = [...tree.keys()].sort((a, b) => Number(hasEnded(tree[a])) - Number(hasEnded(tree[b])) || a - b);
  const chosen = new Set([0, ...byState.filter((index) => index > 0).slice(0, room - 1)]);
  return tree.filter((_, index) => chosen.has(index));
}

function hasEnded(line: TreeLine<AgentView> | undefined): boolean {
  return line?.node.status !== 'running';
}

function agentSegments({ branches, node }: TreeLine<AgentView>, view: RunView, canvas: Canvas): Segment[] {
  const { colors, now } = canvas;
  const name = node.depth === 0 ? node.agentId : shortId(node.agentId);
  const elapsed = formatDuration((node.endedAt ?? now) - node.startedAt);
  const task: Segment[] = node.task ? ['  ', [onOneLine(node.task, 200), colors.dim]] : [];
  const scripted: Segment[] = node.depth === 0 && view.scripted ? ['  ', ['scripted model', colors.yellow]] : [];
  return [
    [branches, colors.dim],
    mark(node, colors),
    ' ',
    [name, colors.bold],
    ...scripted,
    [`  ${elapsed}`, colors.dim],
    `  iteration ${node.iteration}  `,
    [onOneLine(node.error?.message ?? activityOf(node, view), 200), colors.cyan],
    ...task,
  ];
}

function mark({ status }: AgentView, colors: Colors): Segment {
  switch (status) {
    case 'running':
      return ['●', colors.cyan];
    case 'completed':
      return ['✓', colors.green];
    case 'failed':
      return ['✗', colors.red];
    case 'cancelled':
      return ['○', colors.yellow];
  }
}

function figures(view: RunView, { colors }: Canvas): Segment[] {
  const { usage, modelCalls, subQueries, subAgents, sandboxes } = totalsOf(view);
  const parts = [
    usage.costUsd === null ? 'cost unknown' : formatCost(usage.costUsd),
    `${formatCount(usage.promptTokens + usage.completionTokens)} tokens`,
    formatCounted(modelCalls, 'model call'),
    formatCounted(subQueries, 'sub-query'),
    formatCounted(subAgents, 'sub-agent'),
    formatCounted(sandboxes, 'sandbox'),
  ];
  return [[parts.join(' · '), colors.dim]];
}
