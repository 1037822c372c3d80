import { useMemo, useState } from 'preact/hooks';
import { formatCount, formatCounted } from '../../../cli/format-quantities.ts';
import { isRecord, type Series, seriesOf, type Table, tableOf } from '../model/value-shape.ts';
import { Chart } from './chart.tsx';
import { ClippedText } from './clipped-text.tsx';

const firstRows = 50;
const firstChildren = 100;
const lineColors = ['--accent', '--cell', '--warn', '--model', '--bad', '--query'];

/** A JSON value: a text as it is, records as a table, numbers also as a chart, anything else as a tree. */
export function ValueView({ value, label }: { value: unknown; label: string }) {
  const table = useMemo(() => tableOf(value), [value]);
  const series = useMemo(() => seriesOf(value), [value]);
  if (typeof value === 'string') return <ClippedText text={value} label={label} kind="answer" />;
  return (
    <section class="value" aria-label={label}>
      {series && <SeriesChart series={series} label={`chart of ${label}`} />}
      {table ? <TableView table={table} label={label} /> : <TreeView value={value} />}
    </section>
  );
}

function SeriesChart({ series, label }: { series: Series; label: string }) {
  const { labels, at, lines } = series;
  const isOrdered = at !== null || labels.every((one, index) => one === String(index + 1));
  const places = useMemo(() => at ?? labels.map((_, index) => index), [at, labels]);
  const coloured = useMemo(
    () => lines.map((line, index) => ({ ...line, color: lineColors[index % lineColors.length] ?? '--accent' })),
    [lines],
  );
  const kind = isOrdered || lines.length > 1 ? 'line' : 'bars';
  return <Chart at={places} {...(at ? {} : { labels })} lines={coloured} kind={kind} label={label} />;
}

function TableView({ table: { columns, rows }, label }: { table: Table; label: string }) {
  const [shown, setShown] = useState(firstRows);
  return (
    <div class="table-holder">
      <table class="data" aria-label={label}>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col" class={typeof rows[0]?.[name] === 'number' ? 'number' : ''}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, shown).map((row, index) => (
            <tr key={index}>
              {columns.map((name) => (
                <td key={name} class={typeof row[name] === 'number' ? 'number' : ''}>
                  <Cell value={row[name]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown && (
        <button type="button" class="cut" onClick={() => setShown(shown + 500)}>
          show {formatCount(rows.length - shown)} more rows
        </button>
      )}
    </div>
  );
}

function Cell({ value }: { value: unknown }) {
  if (value === undefined) return null;
  if (typeof value === 'string') return <>{value}</>;
  return typeof value === 'object' && value !== null ? <TreeView value={value} /> : <Scalar value={value} />;
}

function Scalar({ value }: { value: unknown }) {
  return <span class={`scalar ${value === null ? 'null' : typeof value}`}>{JSON.stringify(value)}</span>;
}

/** A value as a tree of which each part can be folded. */
function TreeView({ value, name, depth = 0 }: { value: unknown; name?: string; depth?: number }) {
  const isOpenAtFirst = depth < 2;
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const [shown, setShown] = useState(firstChildren);
  const title = name === undefined ? null : <span class="name">{name}</span>;
  if (typeof value !== 'object' || value === null) {
    const isLong = typeof value === 'string' && (value.length > 200 || value.includes('\n'));
    return (
      <div class="leaf">
        {title}
        {isLong ? <ClippedText text={value} label={name ?? 'text'} kind="answer" /> : <Scalar value={value} />}
      </div>
    );
  }
  const entries = isRecord(value)
    ? Object.entries(value)
    : (value as unknown[]).map((one, index) => [String(index), one] as const);
  const size = Array.isArray(value) ? formatCounted(value.length, 'item') : formatCounted(entries.length, 'field');
  return (
    <details class="branch" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {title}
        <span class="size">{size}</span>
      </summary>
      {isOpen && (
        <div class="entries">
          {entries.slice(0, shown).map(([key, one]) => (
            <TreeView key={key} name={key} value={one} depth={depth + 1} />
          ))}
          {entries.length > shown && (
            <button type="button" class="cut" onClick={() => setShown(shown + 1_000)}>
              show {formatCount(entries.length - shown)} more
            </button>
          )}
        </div>
      )}
    </details>
  );
}
