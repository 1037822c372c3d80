/** Prints rows that have the same keys as a table, numbers to the right. */
export function printTable(rows: readonly Record<string, string | number>[]): void {
  const columns = Object.keys(rows[0] ?? {}).map((name) => ({
    name,
    isNumber: rows.every((row) => typeof row[name] === 'number'),
    width: Math.max(name.length, ...rows.map((row) => String(row[name]).length)),
  }));
  const line = (cellOf: (name: string) => unknown) =>
    columns
      .map(({ name, isNumber, width }) => String(cellOf(name))[isNumber ? 'padStart' : 'padEnd'](width))
      .join('  ')
      .trimEnd();
  console.log(line((name) => name));
  console.log(columns.map(({ width }) => '─'.repeat(width)).join('  '));
  for (const row of rows) console.log(line((name) => row[name]));
}
