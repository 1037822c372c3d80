import { formatDuration } from '../../../cli/format-quantities.ts';
import type { RunOutline } from '../../outline.ts';
import { nameOf, type TreeRow } from '../model/agent-tree.ts';
import { spansOf, startsOf } from '../model/spans.ts';

/** A stretch of time, in milliseconds since the epoch. */
export interface TimeWindow {
  from: number;
  to: number;
}

export interface TimelinePicture {
  rows: TreeRow[];
  agents: RunOutline['agents'];
  selected: string;
  shown: TimeWindow;
  /** When the run began. */
  start: number;
  /** The time now, where the run goes on. */
  time: number;
}

export const rowHeight = 22;
/** The room for names at the left. */
export const gutter = 116;
const barHeight = 12;
const startHeight = 18;

/** The time at a place; null left of the lines. */
export function timeAt(left: number, width: number, { from, to }: TimeWindow): number | null {
  return left < gutter ? null : from + ((left - gutter) / (width - gutter)) * (to - from);
}

/** Paints the rows that are in sight, with the time above them. */
export function paintTimeline(canvas: HTMLCanvasElement, holder: HTMLElement, picture: TimelinePicture): void {
  const { clientWidth: width, clientHeight: height, scrollTop } = holder;
  const ratio = devicePixelRatio || 1;
  if (canvas.width !== width * ratio || canvas.height !== height * ratio) {
    Object.assign(canvas, { width: width * ratio, height: height * ratio });
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  }
  const context = canvas.getContext('2d');
  if (!context) return;
  const color = colorsOf(holder);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.textBaseline = 'middle';
  const { rows, shown } = picture;
  const x = (time: number) => gutter + ((time - shown.from) / (shown.to - shown.from)) * (width - gutter);
  const first = Math.floor(scrollTop / rowHeight);
  const last = Math.min(rows.length, first + Math.ceil(height / rowHeight) + 1);
  for (let place = first; place < last; place += 1) {
    const row = rows[place];
    if (row) paintRow(context, row, (place + 1) * rowHeight - scrollTop, { x, width, color, picture });
  }
  paintTicks(context, { x, width, height, color, picture });
}

type Color = (name: string) => string;

interface Brush {
  x: (time: number) => number;
  width: number;
  color: Color;
  picture: TimelinePicture;
}

function paintRow(context: CanvasRenderingContext2D, { agent }: TreeRow, top: number, brush: Brush): void {
  const { x, width, color, picture } = brush;
  const middle = top + rowHeight / 2;
  if (agent.agentId === picture.selected) {
    context.fillStyle = color('--selected');
    context.fillRect(0, top, width, rowHeight);
  }
  context.save();
  context.beginPath();
  context.rect(gutter, top, width - gutter, rowHeight);
  context.clip();
  const end = agent.endedAt ?? picture.time;
  context.fillStyle = agent.status === 'failed' ? color('--bad') : color('--line');
  context.fillRect(x(agent.startedAt), middle - 1, Math.max(1, x(end) - x(agent.startedAt)), 2);
  for (const { kind, from, to } of spansOf(agent, picture.time)) {
    const left = x(from);
    const length = Math.max(1, x(to) - left);
    if (left > width || left + length < gutter) continue;
    context.fillStyle = color(`--${kind}`);
    const thickness = kind === 'waiting' ? barHeight / 2 : barHeight;
    context.fillRect(left, middle - thickness / 2, length, thickness);
  }
  context.fillStyle = color('--accent');
  for (const { at } of startsOf(agent, picture.agents)) {
    context.fillRect(x(at) - 1, middle - startHeight / 2, 2, startHeight);
  }
  context.restore();
  const indent = 8 + Math.min(agent.depth, 5) * 8;
  context.fillStyle = agent.status === 'failed' ? color('--bad') : color('--text');
  context.font = '12px system-ui, sans-serif';
  context.fillText(fitText(context, nameOf(agent), gutter - indent - 8), indent, middle);
}

function paintTicks(context: CanvasRenderingContext2D, brush: Brush & { height: number }): void {
  const { x, width, height, color, picture } = brush;
  context.fillStyle = color('--surface');
  context.fillRect(0, 0, width, rowHeight);
  context.fillStyle = color('--muted');
  context.font = '11px system-ui, sans-serif';
  const { shown, start } = picture;
  const step = tickStep((shown.to - shown.from) / Math.max(2, (width - gutter) / 90));
  for (let at = Math.ceil((shown.from - start) / step) * step; start + at <= shown.to; at += step) {
    const left = x(start + at);
    context.fillText(formatDuration(at), left + 4, rowHeight / 2);
    context.globalAlpha = 0.35;
    context.fillRect(left, 0, 1, height);
    context.globalAlpha = 1;
  }
}

const roundSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000];

/** A round length of time, in milliseconds, that is no shorter than the given one. */
export function tickStep(least: number): number {
  return roundSteps.find((step) => step >= least) ?? Math.ceil(least / 60_000) * 60_000;
}

function fitText(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let length = text.length;
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > room) length -= 1;
  return `${text.slice(0, length)}…`;
}

function colorsOf(element: HTMLElement): Color {
  const style = getComputedStyle(element);
  const known = new Map<string, string>();
  return (name) => {
    const value = known.get(name) ?? style.getPropertyValue(name).trim();
    known.set(name, value);
    return value;
  };
}
