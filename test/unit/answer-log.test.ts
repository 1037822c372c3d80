import { describe, expect, it } from 'vitest';
import { AnswerLog, answerName, type QueryAnswer } from '../../src/activities/answer-record.ts';
import { noModelUsage } from '../../src/agent/sum-usage.ts';
import type { ArtifactStore } from '../../src/artifacts/store.ts';

/** The part of a store that an answer log uses, with writes that the test lets through one by one. */
function slowStore() {
  const records = new Map<string, Uint8Array>();
  const gates: (() => void)[] = [];
  const store = {
    writeRecord: (name: string, content: Uint8Array) =>
      new Promise<void>((resolve) => {
        gates.push(() => {
          records.set(name, content);
          resolve();
        });
      }),
    readRecord: async (name: string) => records.get(name) ?? null,
  } as unknown as ArtifactStore;
  return { store, records, gates };
}

const answer = (index: number): QueryAnswer => ({
  index,
  answer: { value: `${index}` },
  usage: noModelUsage,
  durationMs: 0,
});

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('an answer log', () => {
  it('hands an answer on only after it is written', async () => {
    const { store, gates } = slowStore();
    const handedOn: number[] = [];
    const log = new AnswerLog(store, 'log', async (group) => {
      handedOn.push(...group.map(({ index }) => index));
    });
    const adding = log.add(answer(1));
    await settle();
    expect(handedOn).toEqual([]);
    gates.shift()?.();
    await adding;
    expect(handedOn).toEqual([1]);
  });

  it('gathers what comes while a group is being written into the next', async () => {
    const { store, records, gates } = slowStore();
    const log = new AnswerLog(store, 'log', async () => {});
    const adding = Promise.all([0, 1, 2, 3, 4].map((index) => log.add(answer(index))));
    await settle();
    expect(gates).toHaveLength(1);
    gates.shift()?.();
    await settle();
    gates.shift()?.();
    await adding;
    expect([...records.keys()]).toEqual(['log.0', 'log.1']);
  });

  it('finds after a crash all that was written, and goes on behind it', async () => {
    const { store, records, gates } = slowStore();
    const before = new AnswerLog(store, 'log', async () => {});
    const adding = before.add(answer(7));
    gates.shift()?.();
    await adding;
    const after = new AnswerLog(store, 'log', async () => {});
    expect(await after.recover()).toEqual([answer(7)]);
    const more = after.add(answer(8));
    gates.shift()?.();
    await more;
    expect([...records.keys()]).toEqual(['log.0', 'log.1']);
  });
});

it('names an answer by all that it depends on', () => {
  const names = [
    answerName('one', 'call', 'model', 0),
    answerName('two', 'call', 'model', 0),
    answerName('one', 'other', 'model', 0),
    answerName('one', 'call', 'other', 0),
    answerName('one', 'call', 'model', 1),
  ];
  expect(new Set(names).size).toBe(names.length);
  expect(answerName('one', 'call', 'model', 0)).toBe(names[0]);
});
