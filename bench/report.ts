/** One figure with the spread of its samples. */
export interface Figure {
  name: string;
  unit: string;
  target: number;
  median: number;
  min: number;
  max: number;
}

/** The figures as a Markdown table. */
export function table(figures: Figure[]): string {
  const rows = figures.map(({ name, unit, target, median, min, max }) => {
    const show = (value: number) => `${value.toFixed(unit === 's' ? 2 : 1)} ${unit}`;
    const met = median <= target ? 'yes' : '**no**';
    return `| ${name} | ${show(median)} | ${show(min)} to ${show(max)} | ${show(target)} | ${met} |`;
  });
  return ['| figure | median | range | at most | met |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}
