import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { characters, type Wealth } from './wealth.ts';

/** Brought along, so that the picture is the same on a machine without fonts. */
const font = 'DejaVu Sans';
const fontFiles = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) =>
  fileURLToPath(import.meta.resolve(`dejavu-fonts-ttf/ttf/${file}`)),
);
const colors = ['#1f4e9c', '#d97706', '#6d28d9', '#b91c1c', '#0f766e'];

/** Draws the wealth of each character over the chapters: points under a smoothed line. */
export async function plotWealth(rows: readonly Wealth[]): Promise<{ svg: string; png: Uint8Array }> {
  const svg = await new View(parse(compile(specification(rows)).spec), { renderer: 'none' }).toSVG();
  const png = new Resvg(svg, {
    font: { fontFiles, loadSystemFonts: false, defaultFontFamily: font },
    fitTo: { mode: 'zoom', value: 2 },
  })
    .render()
    .asPng();
  return { svg, png };
}

function specification(rows: readonly Wealth[]): TopLevelSpec {
  const chapters = Math.max(...rows.map(({ chapter }) => chapter));
  return {
    title: { text: 'The Count of Monte Cristo: who is wealthy when', fontSize: 18, anchor: 'start', offset: 14 },
    width: 960,
    height: 460,
    padding: 20,
    background: 'white',
    config: {
      font,
      axis: { gridColor: '#e8e8e8', labelFontSize: 12, titleFontSize: 13, titleFontWeight: 'normal', tickCount: 12 },
      legend: { orient: 'top', labelFontSize: 13, symbolType: 'circle', symbolSize: 90, symbolOpacity: 1 },
      view: { stroke: null },
    },
    data: { values: [...rows] },
    encoding: {
      x: { field: 'chapter', type: 'quantitative', title: 'chapter', scale: { domain: [1, chapters] } },
      y: {
        field: 'wealth',
        type: 'quantitative',
        title: 'wealth (1 destitute, 10 richest in Paris)',
        scale: { domain: [0.5, 10.5] },
        axis: { values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] },
      },
      color: { field: 'character', type: 'nominal', title: null, scale: { domain: [...characters], range: colors } },
    },
    layer: [
      { mark: { type: 'circle', size: 22, opacity: 0.3 } },
      {
        transform: [{ loess: 'wealth', on: 'chapter', groupby: ['character'], bandwidth: 0.15 }],
        mark: { type: 'line', strokeWidth: 3, clip: true },
      },
    ],
  };
}
