import { expect, it } from 'vitest';
import { brokerModule, readBrokerSources } from '../../src/repl/sources.ts';

it('no two Python modules have the same name, as a sandbox has all of them in one folder', async () => {
  const names = (await readBrokerSources()).map(({ name }) => name);
  expect(names).toContain(brokerModule);
  expect(names.toSorted()).toEqual([...new Set(names)].sort());
});
