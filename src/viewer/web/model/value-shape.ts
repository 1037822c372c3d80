/** Numbers that go with one another, as a chart shows them. */
export interface Series {
  /** What stands on the x axis: names, or numbers. */
  labels: string[];
  /** Numbers in rising order to place the points by; null: one after the other. */
  at: number[] | null;
  lines: { name: string; values: (number | null)[] }[];
}

/** A list of records with the same keys. */
export interface Table {
  columns: string[];
  rows: Record<string, unknown>[];
}

const fewest = 3;
const mostLines = 6;

type JsonRecord = Record<string, unknown>;

/** Whether it is an object with names. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as a table, where it is a list of records of which most have the same keys. */
export function tableOf(value: unknown): Table | null {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isRecord)) return null;
  const counts = new Map<string, number>();
  for (const row of value) for (const key of Object.keys(row)) counts.set(key, (counts.get(key) ?? 0) + 1);
  if (counts.size === 0 || counts.size > 30) return null;
  const filled = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return filled / (counts.size * value.length) < 0.5 ? null : { columns: [...counts.keys()], rows: value };
}

/** The value as series, where it holds numbers that a chart says more of than their list does. */
export function seriesOf(value: unknown): Series | null {
  if (Array.isArray(value) && value.length >= fewest && value.every(isNumber)) {
    return { labels: value.map((_, index) => String(index + 1)), at: null, lines: [{ name: 'value', values: value }] };
  }
  if (isRecord(value)) return seriesOfRecord(value);
  const table = tableOf(value);
  return table && table.rows.length >= fewest ? seriesOfTable(table) : pairsOf(value);
}

/** Names with numbers: `{"ada": 3, "bob": 4, …}`; or columns: `{"x": [1, 2, 3], "y": [2, 4, 8]}`. */
function seriesOfRecord(record: JsonRecord): Series | null {
  const entries = Object.entries(record);
  if (entries.length >= fewest && entries.every(([, one]) => isNumber(one))) {
    const values = entries.map(([, one]) => one as number);
    return withNumericLabels(
      entries.map(([name]) => name),
      [{ name: 'value', values }],
    );
  }
  const lists = entries.filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  const length = lists[0]?.[1].length ?? 0;
  if (lists.length < 2 || lists.length < entries.length || length < fewest) return null;
  if (lists.some(([, list]) => list.length !== length)) return null;
  return seriesOfTable({
    columns: lists.map(([name]) => name),
    rows: Array.from({ length }, (_, row) => Object.fromEntries(lists.map(([name, list]) => [name, list[row]]))),
  });
}

/** The first column that rises, or else names the rows, is the x axis; the other numeric ones are lines. */
function seriesOfTable({ columns, rows }: Table): Series | null {
  const numeric = columns.filter((name) => rows.filter((row) => isNumber(row[name])).length > rows.length / 2);
  const naming = columns.find((name) => rows.every((row) => typeof row[name] === 'string'));
  const rising = naming ? undefined : numeric.find((name) => isRising(rows.map((row) => row[name])));
  const axis = naming ?? (numeric.length > 1 ? rising : undefined);
  const lines = numeric
    .filter((name) => name !== axis)
    .slice(0, mostLines)
    .map((name) => ({ name, values: rows.map((row) => (isNumber(row[name]) ? row[name] : null)) }));
  if (lines.length === 0) return null;
  const labels = rows.map((row, index) => String(axis === undefined ? index + 1 : row[axis]));
  return withNumericLabels(labels, lines);
}

/** `[[x, y], …]`, with numbers or names as x. */
function pairsOf(value: unknown): Series | null {
  if (!Array.isArray(value) || value.length < fewest) return null;
  const isPair = (one: unknown): one is [string | number, number] =>
    Array.isArray(one) && one.length === 2 && ['string', 'number'].includes(typeof one[0]) && isNumber(one[1]);
  if (!value.every(isPair)) return null;
  return withNumericLabels(
    value.map(([x]) => String(x)),
    [{ name: 'value', values: value.map(([, y]) => y) }],
  );
}

function withNumericLabels(labels: string[], lines: Series['lines']): Series {
  const numbers = labels.map((label) => (label.trim() === '' ? Number.NaN : Number(label)));
  return { labels, at: isRising(numbers) ? numbers : null, lines };
}

function isRising(values: readonly unknown[]): values is number[] {
  return values.every((one, index) => isNumber(one) && (index === 0 || one > (values[index - 1] as number)));
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
