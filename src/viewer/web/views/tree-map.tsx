import { memo } from 'preact/compat';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatCounted, formatDuration } from '../../../cli/format-quantities.ts';
import type { AgentOutline } from '../../outline.ts';
import { nameOf, type TreeRow } from '../model/agent-tree.ts';
import { card, layOut, type PlacedRow, type TreeLayout } from '../model/tree-layout.ts';
import { Icon } from '../parts/icon.tsx';
import { listenForMoves, type Placement, zoomAt } from '../parts/pan-zoom.ts';
import { standing } from '../parts/status.tsx';
import { agentHash } from '../state/location.ts';
import { toggleCollapsed } from '../state/tree-state.ts';
import { secondLine } from './agent-list.tsx';

const margin = 24;
/** Below this scale nobody could read what stands on the cards. */
const readable = 0.5;

interface Window {
  left: number;
  top: number;
  right: number;
  bottom: number;
  isReadable: boolean;
}

/** The tree of agents as cards on a plane that is moved and zoomed; only those in sight are drawn. */
export function TreeMap({ rows, selected }: { rows: TreeRow[]; selected: string }) {
  const holder = useRef<HTMLDivElement>(null);
  const plane = useRef<HTMLDivElement>(null);
  // Until somebody moves it, the plane follows the tree as it grows.
  const isUntouched = useRef(true);
  const placement = useRef<Placement>({ left: 0, top: 0, scale: 1 });
  const [seen, setSeen] = useState<Window>({ left: 0, top: 0, right: 1_500, bottom: 1_500, isReadable: true });
  const shape = rows.map(({ agent, isCollapsed }) => `${agent.agentId}${isCollapsed ? '+' : ''}`).join(' ');
  const layout = useMemo(() => layOut(rows), [shape]);
  const byId = useMemo(() => new Map(rows.map((row) => [row.agent.agentId, row])), [rows]);

  const look = () => {
    const element = holder.current;
    if (element) setSeen((before) => windowOf(element, placement.current, before));
  };
  const move = (to: Placement) => {
    placement.current = to;
    if (plane.current) plane.current.style.transform = `translate(${to.left}px, ${to.top}px) scale(${to.scale})`;
    look();
  };
  useEffect(() => {
    const element = holder.current;
    if (!element) return undefined;
    const stop = listenForMoves(element, {
      current: () => placement.current,
      move: (to) => {
        isUntouched.current = false;
        move(to);
      },
    });
    const resizing = new ResizeObserver(look);
    resizing.observe(element);
    return () => {
      resizing.disconnect();
      stop();
    };
  }, []);
  const zoomBy = (factor: number) => {
    const element = holder.current;
    isUntouched.current = false;
    if (element) move(zoomAt(placement.current, factor, element.clientWidth / 2, element.clientHeight / 2));
  };

  const fit = () => holder.current && move(fitting(layout, holder.current));
  useEffect(() => {
    const element = holder.current;
    const node = layout.nodes.find(({ agent }) => agent.agentId === selected);
    if (!element || !node) return;
    if (!isUntouched.current) {
      move(revealing(node, element, placement.current));
      return;
    }
    const whole = fitting(layout, element);
    move(whole.scale >= readable ? whole : beginning(node, element));
  }, [selected, layout]);

  const inSight = layout.nodes.filter((node) => isSeen(node, seen));
  const links = layout.links.filter(({ from, to }) => isLinkSeen(from, to, seen));
  return (
    <div class="tree-map" ref={holder}>
      <div class={`plane ${seen.isReadable ? '' : 'far'}`} ref={plane}>
        <svg class="links" width={layout.width} height={layout.height} aria-hidden="true">
          {links.map(({ key, from, to }) => (
            <path key={key} d={linkPath(from, to)} />
          ))}
        </svg>
        <ul aria-label="tree of agents">
          {inSight.map(({ x, y, agent: { agentId } }) => {
            const row = byId.get(agentId);
            return (
              row && (
                <Card
                  key={agentId}
                  agent={row.agent}
                  below={row.below}
                  isCollapsed={row.isCollapsed}
                  isMatch={row.isMatch}
                  x={x}
                  y={y}
                  isSelected={agentId === selected}
                  isFar={!seen.isReadable}
                />
              )
            );
          })}
        </ul>
      </div>
      <div class="map-buttons">
        <button type="button" class="icon-button" aria-label="nearer" title="Nearer" onClick={() => zoomBy(1.4)}>
          <Icon name="plus" />
        </button>
        <button type="button" class="icon-button" aria-label="farther" title="Farther" onClick={() => zoomBy(1 / 1.4)}>
          <Icon name="minus" />
        </button>
        <button type="button" class="icon-button" aria-label="show the whole tree" title="The whole tree" onClick={fit}>
          <Icon name="fit" />
        </button>
      </div>
    </div>
  );
}

interface CardProps {
  agent: AgentOutline;
  below: number;
  isCollapsed: boolean;
  isMatch: boolean;
  x: number;
  y: number;
  isSelected: boolean;
  isFar: boolean;
}

const Card = memo(({ agent, below, isCollapsed, isMatch, x, y, isSelected, isFar }: CardProps) => {
  const { agentId, task } = agent;
  const name = nameOf(agent);
  const { tone, text } = standing(agent);
  const classes = ['card', `tone-${tone}`, isSelected && 'selected', isMatch && 'match'].filter(Boolean).join(' ');
  return (
    <li class={classes} style={{ transform: `translate(${x}px, ${y}px)` }}>
      <a
        href={agentHash(agentId)}
        draggable={false}
        aria-label={`${agentId}, ${text}: ${task}`}
        aria-current={isSelected}
      >
        {isFar ? (
          <b>{name}</b>
        ) : (
          <>
            <span class="card-head">
              <span class="dot" />
              <b>{name}</b>
              <span class="grow" />
              <span class="quiet">{formatCounted(agent.usage.iterations, 'iteration')}</span>
              <span class="quiet">
                {agent.endedAt === null ? text : formatDuration(agent.endedAt - agent.startedAt)}
              </span>
            </span>
            <span class="card-task">{task}</span>
            <span class="card-answer">{secondLine(agent)}</span>
          </>
        )}
      </a>
      {below > 0 && (
        <button
          type="button"
          class="fold-below"
          aria-label={isCollapsed ? `unfold ${below} below ${agentId}` : `fold what is below ${agentId}`}
          onClick={() => toggleCollapsed(agentId)}
        >
          {isCollapsed ? `+${below}` : '−'}
        </button>
      )}
    </li>
  );
});

function windowOf(element: HTMLElement, { left: x, top: y, scale: k }: Placement, before: Window): Window {
  // In steps, so that most movements draw nothing anew.
  const step = 400;
  const left = Math.floor(-x / k / step) * step - step / 2;
  const top = Math.floor(-y / k / step) * step - step / 2;
  const right = Math.ceil((element.clientWidth - x) / k / step) * step + step / 2;
  const bottom = Math.ceil((element.clientHeight - y) / k / step) * step + step / 2;
  const isReadable = k >= readable;
  const isSame =
    before.left === left &&
    before.top === top &&
    before.right === right &&
    before.bottom === bottom &&
    before.isReadable === isReadable;
  return isSame ? before : { left, top, right, bottom, isReadable };
}

function isSeen({ x, y }: PlacedRow, { left, top, right, bottom }: Window): boolean {
  return x + card.width > left && x < right && y + card.height > top && y < bottom;
}

function isLinkSeen(from: PlacedRow, to: PlacedRow, { left, top, right, bottom }: Window): boolean {
  const isAcross = to.x > left && from.x + card.width < right;
  return isAcross && Math.max(from.y, to.y) + card.height > top && Math.min(from.y, to.y) < bottom;
}

function linkPath(from: PlacedRow, to: PlacedRow): string {
  const x1 = from.x + card.width;
  const y1 = from.y + card.height / 2;
  const y2 = to.y + card.height / 2;
  const middle = (x1 + to.x) / 2;
  return `M${x1},${y1}C${middle},${y1} ${middle},${y2} ${to.x},${y2}`;
}

function fitting({ width, height }: TreeLayout, { clientWidth, clientHeight }: HTMLElement): Placement {
  const fits = Math.min(1, (clientWidth - 2 * margin) / width, (clientHeight - 2 * margin) / height);
  const scale = Math.max(0.05, fits);
  const left = width * scale < clientWidth / 2 ? margin : Math.max(margin, (clientWidth - width * scale) / 2);
  const top = Math.max(margin, (clientHeight - height * scale) / 2);
  return { left, top, scale };
}

/** The card at the left, in the middle, large enough to be read. */
function beginning(node: PlacedRow, { clientHeight }: HTMLElement): Placement {
  const scale = 0.8;
  return { left: margin - node.x * scale, top: clientHeight / 2 - (node.y + card.height / 2) * scale, scale };
}

/** Moves no farther than it must for the card to be in sight. */
function revealing(node: PlacedRow, element: HTMLElement, now: Placement): Placement {
  const { clientWidth: width, clientHeight: height } = element;
  const { scale } = now;
  const left = node.x * scale + now.left;
  const top = node.y * scale + now.top;
  const shift = (start: number, size: number, room: number) => {
    if (start < margin) return margin - start;
    return start + size > room - margin ? Math.max(margin - start, room - margin - start - size) : 0;
  };
  return {
    left: now.left + shift(left, card.width * scale, width),
    top: now.top + shift(top, card.height * scale, height),
    scale,
  };
}
