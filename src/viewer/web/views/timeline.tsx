import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { shortId } from '../../../agent/names.ts';
import { formatDuration } from '../../../cli/format-quantities.ts';
import type { RunOutline } from '../../outline.ts';
import type { TreeRow } from '../model/agent-tree.ts';
import { extentOf, nearestStart, parallelismOf, type Span, type SubAgentStart, spansOf } from '../model/spans.ts';
import { Chart } from '../parts/chart.tsx';
import { Icon } from '../parts/icon.tsx';
import { now } from '../state/app.ts';
import { goToAgent } from '../state/location.ts';
import { shownTheme } from '../state/theme.ts';
import { gutter, paintTimeline, rowHeight, type TimeWindow, timeAt } from './timeline-painting.ts';

const kinds = [
  ['model', 'model call'],
  ['cell', 'cell'],
  ['waiting', 'waiting'],
  ['answering', 'answering at a limit'],
  ['start', 'sub-agent'],
] as const;

/** How near one must point to a sub-agent's start, in pixels. */
const startReach = 5;

interface Pointed {
  row: TreeRow;
  span: Span | null;
  /** The sub-agent's start that is near enough. */
  start: SubAgentStart | null;
  left: number;
  top: number;
}

/** Who ran when: how much at once, and each agent on a line. */
export function Timeline({ outline, rows, selected }: { outline: RunOutline; rows: TreeRow[]; selected: string }) {
  const isOver = outline.agents.get(outline.runId)?.endedAt !== null;
  const time = isOver ? 0 : now.value;
  const whole = extentOf(outline, time);
  const [zoomed, setZoomed] = useState<TimeWindow | null>(null);
  const shown = zoomed ?? whole;
  return (
    <div class="timeline">
      <Parallel outline={outline} time={time} shown={shown} />
      <div class="legend">
        {kinds.map(([kind, name]) => (
          <span key={kind} class={`key key-${kind}`}>
            {name}
          </span>
        ))}
        <span class="grow" />
        <button
          type="button"
          class="icon-button"
          aria-label="nearer"
          onClick={() => setZoomed(zoomBy(shown, whole, 0.6, 0.5))}
        >
          <Icon name="plus" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label="farther"
          onClick={() => setZoomed(zoomBy(shown, whole, 1 / 0.6, 0.5))}
        >
          <Icon name="minus" />
        </button>
        <button type="button" class="icon-button" aria-label="the whole time" onClick={() => setZoomed(null)}>
          <Icon name="fit" />
        </button>
      </div>
      <Lines
        rows={rows}
        agents={outline.agents}
        selected={selected}
        shown={shown}
        whole={whole}
        time={time}
        onZoom={setZoomed}
      />
    </div>
  );
}

function Parallel({ outline, time, shown }: { outline: RunOutline; time: number; shown: TimeWindow }) {
  const agents = outline.agents.size;
  const { at, lines } = useMemo(() => {
    const counted = parallelismOf(outline, time, shown);
    return {
      at: counted.at,
      lines: [
        { name: 'agents', values: counted.agents, color: '--muted' },
        { name: 'model calls', values: counted.models, color: '--model', isFilled: true },
        { name: 'cells', values: counted.cells, color: '--cell', isFilled: true },
        { name: 'queries and tools', values: counted.queries, color: '--query' },
      ],
    };
  }, [outline, agents, time, shown.from, shown.to]);
  return (
    <Chart
      at={at}
      lines={lines}
      height={120}
      axisWidth={gutter - 10}
      label="how many agents, model calls, cells and queries were at work at once"
      formatAt={(seconds) => formatDuration(seconds * 1_000)}
    />
  );
}

interface LinesProps {
  rows: TreeRow[];
  agents: RunOutline['agents'];
  selected: string;
  shown: TimeWindow;
  whole: TimeWindow;
  time: number;
  onZoom(window: TimeWindow | null): void;
}

/** The agents' lines, painted as far as they are in sight. */
function Lines({ rows, agents, selected, shown, whole, time, onZoom }: LinesProps) {
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const theme = shownTheme.value;
  const paint = () => {
    if (holder.current && canvas.current)
      paintTimeline(canvas.current, holder.current, { rows, agents, selected, shown, start: whole.from, time });
  };
  useEffect(paint, [rows, agents, selected, shown.from, shown.to, time, theme]);
  const latest = useRef(paint);
  latest.current = paint;
  useEffect(() => {
    const element = holder.current;
    if (!element) return undefined;
    const resizing = new ResizeObserver(() => latest.current());
    resizing.observe(element);
    return () => resizing.disconnect();
  }, []);
  const place = rows.findIndex(({ agent }) => agent.agentId === selected);
  useEffect(() => {
    const element = holder.current;
    if (!element || place < 0) return;
    const top = place * rowHeight;
    const isSeen = top >= element.scrollTop && top + 3 * rowHeight <= element.scrollTop + element.clientHeight;
    if (!isSeen) element.scrollTop = Math.max(0, top - element.clientHeight / 2);
  }, [selected]);
  const find = (event: MouseEvent): Pointed | null => {
    const element = holder.current;
    if (!element) return null;
    const box = element.getBoundingClientRect();
    const left = event.clientX - box.left;
    const top = event.clientY - box.top;
    const row = rows[Math.floor((top - rowHeight + element.scrollTop) / rowHeight)];
    if (!row || top < rowHeight) return null;
    const at = timeAt(left, element.clientWidth, shown);
    const span =
      at === null ? null : (spansOf(row.agent, time).findLast(({ from, to }) => from <= at && at <= to) ?? null);
    const reach = ((shown.to - shown.from) / (element.clientWidth - gutter)) * startReach;
    const start = at === null ? null : nearestStart(row.agent, agents, at, reach);
    return { row, span, start, left, top };
  };
  const onWheel = (event: WheelEvent) => {
    const element = holder.current;
    if (!element || !(event.ctrlKey || event.metaKey || event.shiftKey)) return;
    event.preventDefault();
    const box = element.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left - gutter) / (box.width - gutter)));
    if (event.shiftKey)
      onZoom(moveBy(shown, whole, ((event.deltaX || event.deltaY) / box.width) * (shown.to - shown.from)));
    else onZoom(zoomBy(shown, whole, event.deltaY > 0 ? 1.25 : 0.8, share));
  };
  const open = (event: MouseEvent) => {
    const found = find(event);
    if (found) goToAgent(found.row.agent.agentId, (found.start ?? found.span)?.iteration ?? null);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the list of agents says the same to the keyboard
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list of agents says the same to the keyboard
    <div
      class="lines"
      ref={holder}
      onScroll={paint}
      onWheel={onWheel}
      onClick={open}
      onMouseMove={(event) => setPointed(find(event))}
      onMouseLeave={() => setPointed(null)}
    >
      <canvas
        ref={canvas}
        role="img"
        aria-label={`timeline of ${rows.length} agents; the list shows the same as text`}
      />
      <div style={{ height: `${(rows.length + 1) * rowHeight}px` }} />
      {pointed && (
        <div
          class="tip"
          role="tooltip"
          style={{ left: `${pointed.left}px`, top: `${pointed.top + (holder.current?.scrollTop ?? 0)}px` }}
        >
          <b>{pointed.row.agent.agentId}</b>
          {pointed.start ? (
            <span>
              starts {shortId(pointed.start.agentId)}: {pointed.start.task.slice(0, 120)}
            </span>
          ) : pointed.span ? (
            <span>
              {pointed.span.label}, {formatDuration(pointed.span.to - pointed.span.from)}
            </span>
          ) : (
            <span>{pointed.row.agent.task.slice(0, 120)}</span>
          )}
        </div>
      )}
    </div>
  );
}

function zoomBy({ from, to }: TimeWindow, whole: TimeWindow, factor: number, share: number): TimeWindow | null {
  const length = Math.max(20, (to - from) * factor);
  const at = from + (to - from) * share;
  const next = { from: Math.max(whole.from, at - length * share), to: Math.min(whole.to, at + length * (1 - share)) };
  return next.from <= whole.from && next.to >= whole.to ? null : next;
}

function moveBy({ from, to }: TimeWindow, whole: TimeWindow, by: number): TimeWindow {
  const bounded = Math.min(whole.to - to, Math.max(whole.from - from, by));
  return { from: from + bounded, to: to + bounded };
}
