import { createHash } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from '../../scripts/build.ts';
import { FileArtifactStore } from '../../src/artifacts/file-store.ts';
import { RlmFolder } from '../support/rlm-command.ts';

beforeAll(() => build(() => {}));

let folder: RlmFolder;
let store: FileArtifactStore;
beforeAll(async () => {
  folder = await RlmFolder.make();
  store = new FileArtifactStore(`${folder.dataDirectory}/artifacts`);
  const args = ['run', 'question: str -> answer: int', '-i', 'question=?', '-m', 'scripted/primes', '--id', 'primes'];
  expect(await folder.rlm(args)).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await folder?.becomesQuiet();
  await folder?.[Symbol.asyncDispose]();
});

const putGarbage = () => store.put(Buffer.from('nobody refers to it'));

test('--dry-run says what would go, and nothing goes', async () => {
  const garbage = await putGarbage();
  const told = await folder.rlm(['gc', '--dry-run', '--grace', '0']);
  expect(told).toMatchObject({ code: 0 });
  expect(told.stdout).toMatch(
    /^would remove 1 artifact \(19 B\), 0 records \(0 B\)\nwould keep \d+ artifacts \([\d.]+ kB\), \d+ records \([\d.]+ kB\)\n$/,
  );
  expect(Buffer.from(await store.get(garbage)).toString()).toBe('nobody refers to it');
});

test('what is younger than an hour stays, unless another time is given; the run stays readable', async () => {
  const { sha256, bytes } = await putGarbage();
  expect(JSON.parse((await folder.rlm(['gc', '--json'])).stdout)).toMatchObject({
    dryRun: false,
    removed: { blobs: { count: 0, bytes: 0 } },
  });
  const told = await folder.rlm(['gc', '--grace', '0']);
  expect(told.stdout).toMatch(/^removed 1 artifact \(19 B\), 0 records \(0 B\)\nkept /);
  await expect(new FileArtifactStore(store.directory).get({ sha256, bytes })).rejects.toThrow(sha256);
  expect((await folder.rlm(['result', 'primes'])).code).toBe(0);
  const { code, stdout } = await folder.rlm(['show', 'primes']);
  expect({ code, shown: stdout.includes('primes') }).toEqual({ code: 0, shown: true });
});

test('a Temporal server that cannot be reached is one clear line, and nothing goes', async () => {
  const garbage = await putGarbage();
  const { code, stdout, stderr } = await folder.rlm(['gc', '--grace', '0'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^rlm: cannot reach Temporal at 127\.0\.0\.1:1 \(TEMPORAL_ADDRESS\): .*\n$/);
  expect(await new FileArtifactStore(store.directory).get(garbage)).toHaveLength(19);
});

test('runs of another Temporal namespace cannot be seen, so nothing goes before that one is given up', async () => {
  await store.writeRecord('namespaces/of-another', Buffer.from('{"namespace":"default","namespaceId":"of-another"}'));
  await putGarbage();
  const refused = await folder.rlm(['gc', '--grace', '0']);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(
    /(^|\n)rlm: the artifact store is also used from .*: default \(of-another\); .*--forget-others\n$/,
  );
  const forced = await folder.rlm(['gc', '--grace', '0', '--forget-others']);
  expect(forced).toMatchObject({ code: 0, stdout: expect.stringMatching(/^removed 1 artifact/) });
  expect(await folder.rlm(['gc'])).toMatchObject({ code: 0 });
});

test('a number that is none is a mistake', async () => {
  const told = await folder.rlm(['gc', '--older-than', 'long']);
  expect(told).toMatchObject({ code: 2, stdout: '' });
  expect(told.stderr).toMatch(/^rlm: .*--older-than <days>.*'long'.*number.*\n$/);
});

test('an artifact that is missing is one clear line of rlm show', async () => {
  const outputs: string[] = [];
  for await (const { sha256 } of store.listBlobs()) {
    const bytes = await store.get({ sha256, bytes: 0 });
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    if (Buffer.from(bytes).includes('"type":"ended"')) outputs.push(sha256);
  }
  for (const sha256 of outputs) {
    const path = `${store.directory}/blobs/${sha256.slice(0, 2)}/${sha256.slice(2)}`;
    await rename(path, `${path}.elsewhere`);
  }
  const { code, stderr } = await folder.rlm(['show', 'primes']);
  expect(code).toBe(0);
  const lines = stderr.trimEnd().split('\n');
  expect(outputs.length).toBeGreaterThan(0);
  for (const sha256 of outputs) {
    expect(lines.filter((line) => line.startsWith(`rlm: artifact ${sha256} is not in the store`))).toHaveLength(1);
  }
});
