import { createHash } from 'node:crypto';
import type { RunDocument } from '../results/run-document.ts';
import type { PageFiles } from './page-files.ts';

/**
 * The page with the results of one run in it: a single file that needs no server. Its policy lets it run the one script
 * that is in it, and reach nothing.
 */
export function exportPage({ script, style }: PageFiles, document: RunDocument): string {
  // What ends an inline script, as text of this one.
  const code = script.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(code)}'`,
    `style-src '${hashOf(style)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const data = JSON.stringify(document).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(document.runId)} – rlm</title>
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<script type="application/json" id="results">${data}</script>
<script>${code}</script>
</body>
</html>
`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
