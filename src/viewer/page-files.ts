import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../errors.ts';

/** The built page. */
export interface PageFiles {
  html: string;
  script: string;
  style: string;
}

/** Where the build puts the page: beside this module where that is built, else in `dist`. */
const builtPage = [new URL('./web/', import.meta.url), new URL('../../dist/viewer/web/', import.meta.url)];

/** Reads the page. Throws {@link UsageError} where it was not built. */
export function readPage(directory?: string): PageFiles {
  const candidates = directory === undefined ? builtPage.map((url) => fileURLToPath(url)) : [directory];
  const found = candidates.find((candidate) => existsSync(join(candidate, 'app.js')));
  if (found === undefined) throw new UsageError('the viewer\'s page is not built: run "npm run build" first');
  const read = (name: string) => readFileSync(join(found, name), 'utf8');
  return { html: read('index.html'), script: read('app.js'), style: read('app.css') };
}

/** What the served page may do: run its own script, ask its own server, and nothing else. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
