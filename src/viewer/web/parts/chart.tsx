import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { shownTheme } from '../state/theme.ts';

export interface ChartLine {
  name: string;
  values: (number | null)[];
  /** A colour of the page, such as `--model`. */
  color: string;
  isFilled?: boolean;
}

interface ChartProps {
  /** Numbers in rising order. */
  at: number[];
  /** Names of the points, where they are no numbers. */
  labels?: string[];
  lines: ChartLine[];
  kind?: 'line' | 'bars';
  height?: number;
  /** The room for the numbers at the left, in pixels. */
  axisWidth?: number;
  label: string;
  /** What stands at the numbers of the x axis. */
  formatAt?: (value: number) => string;
}

/** A chart that fills the width it has. */
export function Chart({ at, labels, lines, kind = 'line', height = 180, axisWidth = 48, label, formatAt }: ChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const theme = shownTheme.value;
  useEffect(() => {
    const element = holder.current;
    if (!element) return undefined;
    const style = getComputedStyle(element);
    const color = (name: string) => style.getPropertyValue(name).trim();
    const axis = {
      stroke: color('--muted'),
      grid: { stroke: color('--line-soft'), width: 1 },
      ticks: { stroke: color('--line-soft'), width: 1, size: 4 },
      font: '11px system-ui, sans-serif',
    };
    const nameOf = (value: number) => (labels ? (labels[value] ?? '') : formatAt ? formatAt(value) : String(value));
    const chart = new uPlot(
      {
        width: element.clientWidth || 300,
        height,
        padding: [8, labels ? 28 : 10, 0, labels ? 12 : 0],
        cursor: { points: { size: 6 }, y: false },
        legend: { live: true },
        scales: { x: { time: false, ...(kind === 'bars' ? { range: (_, min, max) => [min - 0.6, max + 0.6] } : {}) } },
        axes: [
          {
            ...axis,
            size: 28,
            values: (_, splits) => splits.map((one) => (labels && !Number.isInteger(one) ? '' : cut(nameOf(one)))),
          },
          { ...axis, size: axisWidth },
        ],
        series: [
          { label: 'at', value: (_, value) => (value === null ? '' : nameOf(value)) },
          ...lines.map(({ name, color: stroke, isFilled }) => ({
            label: name,
            stroke: color(stroke),
            width: kind === 'bars' ? 0 : 1.5,
            ...(isFilled || kind === 'bars' ? { fill: `${color(stroke)}${kind === 'bars' ? 'cc' : '26'}` } : {}),
            ...(kind === 'bars' && uPlot.paths.bars
              ? { paths: uPlot.paths.bars({ size: [0.7, 48], radius: 0.1 }) }
              : {}),
            points: { show: kind === 'line' && at.length <= 40 },
          })),
        ],
      },
      [at, ...lines.map(({ values }) => values)],
      element,
    );
    const resizing = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    resizing.observe(element);
    return () => {
      resizing.disconnect();
      chart.destroy();
    };
  }, [at, labels, lines, kind, height, axisWidth, theme]);
  return <div class="chart" ref={holder} role="img" aria-label={label} />;
}

function cut(text: string): string {
  return text.length > 12 ? `${text.slice(0, 11)}…` : text;
}
