import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineScript } from '../../src/scripted/script.ts';
import { startWorld, type World } from '../support/world.ts';

const sum = defineScript({
  name: 'sum',
  agent: ['I add.\n```python\ntotal = sum(numbers)\nprint(total)\n```', '```python\nSUBMIT(total)\n```'],
});

let world: World;
beforeAll(async () => {
  world = await startWorld({ scripts: [sum] });
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

describe('an agent', () => {
  it('works on typed inputs and submits typed outputs', async () => {
    const run = await world.run('numbers: list[int] -> total: int', { script: 'sum', inputs: { numbers: [1, 2, 3] } });
    const result = await run.result();
    expect(result.output).toEqual({ total: 6 });
    console.log(JSON.stringify(result, null, 1));
  });
});
