import { memo } from 'preact/compat';
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatCounted, formatDuration } from '../../../cli/format-quantities.ts';
import type { AgentOutline } from '../../outline.ts';
import { nameOf, type TreeRow } from '../model/agent-tree.ts';
import { Icon } from '../parts/icon.tsx';
import { StatusDot } from '../parts/status.tsx';
import { now } from '../state/app.ts';
import { goToAgent } from '../state/location.ts';
import { toggleCollapsed } from '../state/tree-state.ts';

const rowHeight = 46;
/** So many rows beyond what is seen are there already. */
const spare = 10;
const step = 5;

/** The agents as lines, of which only those that are seen are drawn. */
export function AgentList({ rows, selected }: { rows: TreeRow[]; selected: string }) {
  const holder = useRef<HTMLDivElement>(null);
  const [from, setFrom] = useState(0);
  const [count, setCount] = useState(60);
  const look = () => {
    // In steps, so that most movements draw nothing anew.
    const first = Math.floor((holder.current?.scrollTop ?? 0) / rowHeight / step) * step - spare;
    setFrom(Math.max(0, first));
  };
  useEffect(() => {
    const element = holder.current;
    if (!element) return undefined;
    // Its height is known from here, so that scrolling measures nothing.
    const resizing = new ResizeObserver(([entry]) => {
      const height = entry?.contentRect.height ?? 0;
      setCount((Math.ceil(height / rowHeight / step) + 1) * step + 2 * spare);
      look();
    });
    resizing.observe(element);
    return () => resizing.disconnect();
  }, []);
  const place = rows.findIndex(({ agent }) => agent.agentId === selected);
  useEffect(() => reveal(holder.current, place), [selected]);
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -rows.length, End: rows.length }[
      event.key
    ];
    const row = rows[place];
    if (by !== undefined) {
      const next = rows[Math.min(rows.length - 1, Math.max(0, place + by))];
      if (next) goToAgent(next.agent.agentId, null, { replace: true });
    } else if (row && event.key === 'ArrowRight' && row.isCollapsed) toggleCollapsed(selected);
    else if (row && event.key === 'ArrowLeft' && row.below > 0 && !row.isCollapsed) toggleCollapsed(selected);
    else if (row && event.key === 'ArrowLeft' && row.agent.parentId)
      goToAgent(row.agent.parentId, null, { replace: true });
    else return;
    event.preventDefault();
  };
  return (
    <div
      class="agent-list"
      role="tree"
      aria-label="agents"
      tabIndex={0}
      aria-activedescendant={rowId(selected)}
      ref={holder}
      onScroll={look}
      onKeyDown={onKeyDown}
    >
      <div style={{ height: `${rows.length * rowHeight}px` }}>
        {rows.slice(from, from + count).map((row, index) => (
          // What scrolls out of sight is what scrolls in at the other end, with another agent on it.
          <Row
            key={(from + index) % count}
            row={row}
            top={(from + index) * rowHeight}
            isSelected={row.agent.agentId === selected}
          />
        ))}
      </div>
    </div>
  );
}

const Row = memo(({ row, top, isSelected }: { row: TreeRow; top: number; isSelected: boolean }) => {
  const { agent, below, isCollapsed, isMatch } = row;
  const { agentId, depth, task } = agent;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it hears the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the tree around it has the focus
    <div
      id={rowId(agentId)}
      class={`agent-row ${isSelected ? 'selected' : ''} ${isMatch ? 'match' : ''}`}
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={isSelected}
      {...(below > 0 ? { 'aria-expanded': !isCollapsed } : {})}
      style={{ transform: `translateY(${top}px)`, paddingLeft: `${12 + Math.min(depth, 12) * 18}px` }}
      onClick={() => goToAgent(agentId)}
    >
      <Fold row={row} />
      <StatusDot of={agent} />
      <span class="agent-row-text">
        <span class="first-line">
          <b>{nameOf(agent)}</b> {task}
        </span>
        <span class="second-line">{secondLine(agent)}</span>
      </span>
      <span class="agent-row-figures">
        {isCollapsed && <span>+{below}</span>}
        <span>{formatCounted(agent.usage.iterations, 'iteration')}</span>
        <span>{formatDuration((agent.endedAt ?? Math.max(now.value, agent.startedAt)) - agent.startedAt)}</span>
      </span>
    </div>
  );
});

function Fold({ row: { agent, below, isCollapsed } }: { row: TreeRow }) {
  if (below === 0) return <span class="fold-space" />;
  return (
    <button
      type="button"
      class={`fold ${isCollapsed ? '' : 'open'}`}
      tabIndex={-1}
      aria-label={isCollapsed ? `unfold ${below} below` : 'fold'}
      onClick={(event) => {
        event.stopPropagation();
        toggleCollapsed(agent.agentId);
      }}
    >
      <Icon name="chevron" />
    </button>
  );
}

/** What an agent does, answered, or failed with. */
export function secondLine({ status, answer, error, doing }: AgentOutline): string {
  if (status === 'running') return doing;
  return error?.message ?? answer ?? (status === 'completed' ? 'no answer' : status);
}

function rowId(agentId: string): string {
  return `agent-${agentId}`;
}

function reveal(element: HTMLElement | null, place: number): void {
  if (!element || place < 0) return;
  const top = place * rowHeight;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (top + rowHeight > element.scrollTop + element.clientHeight) {
    element.scrollTop = top + rowHeight - element.clientHeight;
  }
}
