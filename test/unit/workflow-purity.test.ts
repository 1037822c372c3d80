import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../../src', import.meta.url));

/** The packages that a file's values come from, its own modules' included; types do not count. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  const found = new Set<string>();
  if (seen.has(file)) return found;
  seen.add(file);
  const imports = readFileSync(file, 'utf8').matchAll(/^(?:import|export)\s+(?!type\s)[^;]*?from\s+'([^']+)'/gm);
  for (const [, specifier = ''] of imports) {
    if (!specifier.startsWith('.')) found.add(specifier);
    else for (const each of packagesOf(join(dirname(file), specifier), seen)) found.add(each);
  }
  return found;
}

const prompts = readdirSync(join(source, 'prompts')).map((name) => `prompts/${name}`);
const signatures = ['parse-signature', 'from-zod', 'coerce', 'show', 'function-fields'].map(
  (name) => `signature/${name}.ts`,
);

describe('importable from workflow code, as it needs nothing of the host', () => {
  it.each([...prompts, ...signatures])('%s', (path) => {
    expect([...packagesOf(join(source, path))].filter((name) => name !== 'zod')).toEqual([]);
  });

  it('unlike the validator, which shows that this test would notice', () => {
    expect([...packagesOf(join(source, 'signature/validate.ts'))]).toContain('ajv/dist/2020.js');
  });
});
