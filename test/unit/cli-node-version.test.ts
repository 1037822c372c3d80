import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { checkNodeVersion } from '../../src/cli/node-version.ts';

it.each(['v22.18.0', 'v22.20.1', 'v24.0.0', 'v30.1.2'])('%s will do', (version) => {
  expect(() => checkNodeVersion(version)).not.toThrow();
});

it.each(['v22.17.9', 'v20.19.0', 'v8.0.0'])('%s is too old, in one line that says what to install', (version) => {
  expect(() => checkNodeVersion(version)).toThrow(`Node.js ${version} is too old; install 22.18 or later`);
});

it('goes by what the package says of itself', () => {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(engines).toEqual({ node: '>=22.18' });
});
