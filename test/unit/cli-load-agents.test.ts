import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadAgents } from '../../src/cli/load-agents.ts';

const library = new URL('../../src/define-agent.ts', import.meta.url).href;
const imports = `import { defineAgent } from ${JSON.stringify(library)};\nconst agent = (name) => defineAgent({ name, signature: 'q -> a' });\n`;

let folder: string;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlm-agents-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function load(source: string): Promise<string[]> {
  files += 1;
  const file = join(folder, `agents-${files}.mjs`);
  await writeFile(file, imports + source);
  return (await loadAgents(file)).map((agent) => agent.name);
}

test.each([
  ['named exports', "export const one = agent('one');\nexport const two = agent('two');", ['one', 'two']],
  ['a default', "export default agent('one');", ['one']],
  ['a default list', "export default [agent('one'), agent('two')];", ['one', 'two']],
  ['the same twice', "export const one = agent('one');\nexport default one;", ['one']],
  ['other things beside', "export const limit = 3;\nexport const one = agent('one');", ['one']],
])('agents are found as %s', async (_, source, names) => {
  expect((await load(source)).sort()).toEqual(names);
});

test('without a file there are none', async () => {
  expect(await loadAgents(undefined)).toEqual([]);
});

test.each([
  ['no agents', 'export default 3;', /exports no agent/],
  ['code that fails', "throw new Error('broken\\nhere');", /cannot be loaded: broken here/],
  ['a module that is missing', "import 'no-such-package';", /cannot be loaded: Cannot find package/],
  ['an agent that is none', "export default agent('not a name');", /"not a name": a name is/],
])('%s: a message that names the file', async (_, source, message) => {
  await expect(load(source)).rejects.toThrow(message);
  await expect(load(source)).rejects.toThrow(/--agents .*agents-\d+\.mjs/);
});

test('a file that is not there is named', async () => {
  await expect(loadAgents('nowhere.ts')).rejects.toThrow('--agents nowhere.ts: there is no such file');
});
