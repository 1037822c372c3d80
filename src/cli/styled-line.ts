import { cutAt } from './printable.ts';

/** A part of a line, and how it is shown where there are colours. */
export type Segment = string | readonly [text: string, style: (text: string) => string];

/** Joins the segments, cut at a number of columns: measured before styles add their invisible characters. */
export function styledLine(segments: readonly Segment[], columns: number): string {
  let left = columns;
  let line = '';
  for (const segment of segments) {
    const [text, style] = typeof segment === 'string' ? [segment, (plain: string) => plain] : segment;
    const shown = cutAt(text, left);
    if (shown !== '') line += style(shown);
    left -= shown.length;
    if (left <= 0 || shown !== text) break;
  }
  return line;
}
