/** Builds the viewer's page from `src/viewer/web` into a folder: one script, one style sheet, one HTML file. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const web = join(import.meta.dirname, '..', 'src', 'viewer', 'web');

/** Whether a file below `src` is part of the page, which is bundled rather than copied. */
export function isOfPage(file: string): boolean {
  return file.startsWith('viewer/web/') || file.startsWith('viewer\\web\\');
}

/** Builds the page into a folder. */
export async function buildPage(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  await build({
    entryPoints: [
      { in: join(web, 'main.tsx'), out: 'app' },
      { in: join(web, 'styles', 'main.css'), out: 'app' },
    ],
    outdir: directory,
    bundle: true,
    minify: true,
    format: 'iife',
    target: ['chrome120', 'firefox120', 'safari17'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'error',
    legalComments: 'none',
    charset: 'utf8',
  });
  copyFileSync(join(web, 'index.html'), join(directory, 'index.html'));
}
