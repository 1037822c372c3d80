import { describe, expect, it } from 'vitest';
import { characters, checkWealth } from '../../examples/monte-cristo/wealth.ts';

const complete = characters.flatMap((character) =>
  [1, 2].map((chapter) => ({ chapter, character, wealth: 5, event: 'a purse' })),
);

describe('wealth data', () => {
  it('without a flaw is kept as it is', () => {
    expect(checkWealth(complete, 2)).toEqual({ rows: complete, problems: [] });
  });

  it('tells of rows that are not as they were asked for, and of chapters without a row', () => {
    const flawed = [{ ...complete[0], wealth: 11 }, { ...complete[1], chapter: 3 }, 'text', ...complete.slice(2)];
    expect(checkWealth(flawed, 2)).toEqual({
      rows: complete.slice(2),
      problems: ['3 rows are not as they were asked for', 'Dantès: 2 chapters are missing'],
    });
  });
});
