import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderBytes } from '../support/folder-bytes.ts';
import { bytesAround, historyBytes } from '../support/history-bytes.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

/** Prints 10,000 characters that no other iteration prints. */
const printing = 'import random\nprint("".join(random.choices("abcdefgh", k=10_000)))';

/** A run of so many iterations with a large input and large outputs. */
async function printingRun(iterations: number) {
  return world.runCells(
    'text: str -> answer: str',
    [...Array.from({ length: iterations - 1 }, () => printing), 'SUBMIT(str(len(text)))'],
    { inputs: { text: 'five megabytes '.repeat(350_000) }, limits: { maxIterations: 500 } },
  );
}

const artifactBytes = () => folderBytes(join(world.dataDirectory, 'artifacts'));

describe('a long run', () => {
  it('of 300 iterations ends, with all of them in its results', async () => {
    const cells = ['seen = 0', ...Array.from({ length: 298 }, () => 'seen += 1\nprint(seen)'), 'SUBMIT(seen)'];
    const document = await world.runCells('-> count: int', cells, { limits: { maxIterations: 400 } });
    expect(document).toMatchObject({ output: { count: 298 }, usage: { iterations: 300 } });
    expect(document.root.iterations.map(({ index }) => index)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    expect(document.root.iterations[298]?.stdout).toBe('298\n');
  });

  it('of one cell with 5,000 queries in a row ends, each asked once', async () => {
    const document = await world.runCells(
      '-> total: int',
      ['SUBMIT(sum(int(llm_query(f"of 5000 {i}").split()[-1]) for i in range(5000)))'],
      { query: (prompt) => prompt, limits: { maxLlmCalls: 5_000 } },
    );
    expect(document).toMatchObject({ output: { total: (4_999 * 5_000) / 2 }, usage: { subQueries: 5_000 } });
    expect(document.root.iterations[0]?.calls).toHaveLength(5_000);
    const asked = world.models.requests.filter(({ lastMessage }) => lastMessage.startsWith('of 5000 '));
    expect(asked).toHaveLength(5_000);
  });

  it('has a history and artifacts that grow by the same amount with each iteration', async () => {
    await printingRun(1); // From here on the input is in the store.
    const before = artifactBytes();
    await printingRun(20);
    const afterTwenty = artifactBytes();
    const document = await printingRun(210);
    const afterTwoHundred = artifactBytes();
    expect(document.output).toEqual({ answer: '5250000' });

    const history = await historyBytes(world.client, document.runId);
    expect(Math.abs(bytesAround(history, 200) / bytesAround(history, 20) - 1)).toBeLessThan(0.1);
    for (const bytes of history.executions) expect(bytes).toBeLessThan(4_000_000);

    const perIteration = (afterTwenty - before) / 20;
    expect((afterTwoHundred - afterTwenty) / 210 / perIteration).toBeLessThan(1.1);
  });
});
