import { hierarchy, tree } from 'd3-hierarchy';
import type { TreeRow } from './agent-tree.ts';

/** Sizes of the drawn tree, in its own units. */
export const card = { width: 248, height: 92, gapX: 56, gapY: 14 } as const;

export interface PlacedRow extends TreeRow {
  x: number;
  y: number;
}

export interface TreeLayout {
  nodes: PlacedRow[];
  links: { key: string; from: PlacedRow; to: PlacedRow }[];
  width: number;
  height: number;
}

/** Places the shown agents: depth from left to right, sub-agents one below the other. */
export function layOut(rows: readonly TreeRow[]): TreeLayout {
  const [first] = rows;
  if (!first) return { nodes: [], links: [], width: 0, height: 0 };
  const byParent = Map.groupBy(rows, ({ agent }) => agent.parentId ?? '');
  const root = hierarchy<TreeRow>(first, ({ agent, isCollapsed }) =>
    isCollapsed ? [] : (byParent.get(agent.agentId) ?? []),
  );
  const placed = tree<TreeRow>()
    .nodeSize([card.height + card.gapY, card.width + card.gapX])
    .separation(() => 1)(root);
  let top = Number.POSITIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  placed.each(({ x }) => {
    top = Math.min(top, x);
    bottom = Math.max(bottom, x);
  });
  const nodes: PlacedRow[] = [];
  const known = new Map<string, PlacedRow>();
  let width = 0;
  placed.each((node) => {
    const row = { ...node.data, x: node.y, y: node.x - top };
    width = Math.max(width, row.x + card.width);
    nodes.push(row);
    known.set(row.agent.agentId, row);
  });
  const links = nodes.flatMap((to) => {
    const from = known.get(to.agent.parentId ?? '');
    return from ? [{ key: to.agent.agentId, from, to }] : [];
  });
  return { nodes, links, width, height: bottom - top + card.height };
}
