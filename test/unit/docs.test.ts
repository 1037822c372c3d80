import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Limits } from '../../src/agent/limits.ts';
import { variables } from '../../src/config/environment.ts';
import { configName, type LimitName } from '../../src/config/limit-names.ts';
import { failureTypes } from '../../src/failure-types.ts';
import { documents, fencesOf, headingNames, localLinks, pages, project, tableRows } from '../support/markdown.ts';

const page = (path: string) => {
  const found = pages().find((document) => document.path === path);
  if (!found) throw new Error(`there is no ${path}`);
  return found;
};

describe('links', () => {
  const links = pages().flatMap(localLinks);

  it('lead to files that exist', () => {
    expect(links.filter(({ path }) => !existsSync(join(project, path))).map(({ place }) => place)).toEqual([]);
  });

  it('lead to headings that exist', () => {
    const lost = links.filter(({ path, heading }) => heading !== null && !headingNames(page(path)).includes(heading));
    expect(lost.map(({ place }) => place)).toEqual([]);
  });
});

describe('code fences', () => {
  it('have a language', () => {
    const bare = pages().filter(
      ({ text }) => (text.match(/^```/gm) ?? []).length !== 2 * (text.match(/^```\w+$/gm) ?? []).length,
    );
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  it('have only comments that the tests know', () => {
    const comments = documents()
      .flatMap(fencesOf)
      .flatMap(({ comment }) => comment ?? []);
    const known = /^(?:output|file: \S+|not run by the tests: .+)$/;
    expect(comments.filter((comment) => !known.test(comment))).toEqual([]);
  });
});

describe('the tables', () => {
  it('of limits have all of them, with their names in a config file and their defaults', () => {
    const written = tableRows(page('docs/settings.md'), 'limit').map((row) => row.slice(0, 3));
    const defaults = Object.entries(Limits.parse({}));
    const expected = defaults.map(([name, value]) => [name, configName(name as LimitName), `${value ?? 'none'}`]);
    expect(written.sort()).toEqual(expected.sort());
  });

  it('of variables have all that are read', () => {
    const written = tableRows(page('docs/settings.md'), 'variable').flatMap(([names = '']) => names.split(', '));
    expect(written.sort()).toEqual([...variables].sort());
  });

  it('of error types have all of them, and whether they are retried', () => {
    const written = tableRows(page('docs/architecture.md'), 'type').map((row) => row.slice(0, 2));
    const expected = Object.entries(failureTypes).map(([type, { retried }]) => [type, retried ? 'yes' : 'no']);
    expect(written).toEqual(expected);
  });

  it('of events name the types that there are', () => {
    const written = tableRows(page('docs/typescript.md'), 'type').flatMap(([types = '']) => types.split(', '));
    const source = readFileSync(join(project, 'src/client/run-events.ts'), 'utf8');
    const declared = [...source.matchAll(/type: '([a-z-]+)'/g)].map(([, type = '']) => type);
    // Declared for those who read events from elsewhere: histories do not hold retries.
    expect(written.sort()).toEqual(declared.filter((type) => type !== 'retrying').sort());
  });
});
