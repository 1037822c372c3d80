import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readDocuments } from '../../examples/licences/documents.ts';
import { downloadBook } from '../../examples/monte-cristo/book.ts';
import { characters, Wealth } from '../../examples/monte-cristo/wealth.ts';
import { git } from '../../examples/repository/git.ts';
import { build } from '../../scripts/build.ts';
import { acquireEmbeddedServer, type EmbeddedServer } from '../../src/embedded/embedded-server.ts';
import { novel } from '../fixtures/novel.ts';
import { RlmFolder } from '../support/rlm-command.ts';
import { until } from '../support/until.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));

let folder: RlmFolder;
/** Kept for all tests: most of them need not wait for a server to start and end. */
let server: EmbeddedServer;
const children = new Set<ChildProcess>();
beforeAll(async () => {
  // The examples use the package as a user does: as it was built.
  await build(() => {});
  folder = await RlmFolder.make();
  server = await acquireEmbeddedServer({ dataDirectory: folder.dataDirectory, ports: 'any' });
}, 120_000);
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await server?.[Symbol.asyncDispose]();
  await folder?.becomesQuiet();
  await folder?.[Symbol.asyncDispose]();
});

/** Starts an example's program in the folder, with none of the tests' own keys. */
function start(program: string, ...options: string[]) {
  return startIn(folder, program, ...options);
}

function startIn(folder: RlmFolder, program: string, ...options: string[]) {
  const { PATH, HOME, TMPDIR, XDG_CACHE_HOME } = process.env;
  const environment = { PATH, HOME, TMPDIR, XDG_CACHE_HOME, RLM_DATA_DIR: folder.dataDirectory, RLM_SANDBOX: 'local' };
  const child = spawn(process.execPath, [`${project}examples/${program}`, ...options], {
    cwd: folder.directory,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
    });
  }
  const ended = once(child, 'close').then(([code]) => {
    children.delete(child);
    return { code: code as number | null, ...said };
  });
  return { child, said, ended };
}

describe('examples/licences', () => {
  const Answer = z.object({
    licences: z.array(
      z.object({
        licence: z.string(),
        packages: z.array(z.string()),
        permissive: z.boolean(),
        noticeRequired: z.boolean(),
        example: z.object({ package: z.string(), file: z.string(), quote: z.string() }),
      }),
    ),
    unknown: z.array(z.string()),
  });

  test('tells the licence of every installed package, as its files and its package.json do', async () => {
    const { code, stdout, stderr } = await start('licences/main.ts', '--json').ended;
    expect(code, stderr).toBe(0);
    const { licences, unknown } = Answer.parse(JSON.parse(stdout));
    const documents = readDocuments(`${project}node_modules`);
    const listed = [...licences.flatMap(({ packages }) => packages), ...unknown];
    expect(listed.toSorted()).toEqual([...new Set(documents.map((document) => document.package))].toSorted());
    for (const { licence, packages, example } of licences) {
      expect(packages, licence).toContain(example.package);
      const shown = documents.find(({ package: name, file }) => name === example.package && file === example.file);
      expect(plain(shown?.text ?? '')).toContain(plain(example.quote));
    }
    const agreeing = await Promise.all(
      licences.flatMap(({ licence, packages }) => packages.map(async (name) => (await declared(name)) === licence)),
    );
    expect(agreeing.filter(Boolean).length / agreeing.length).toBeGreaterThan(0.9);
  });

  test('ends with the table, the tree of agents, and where to look at it', async () => {
    const { code, stdout, stderr } = await start('licences/main.ts').ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('scripted model');
    expect(stderr).toMatch(/sub-agent 2\.1: iteration 1/);
    expect(stdout).toMatch(/^licence +packages +permissive +notice required +example$/m);
    expect(stdout).toMatch(/^MIT +\d+ +yes +yes +/m);
    expect(stdout).toMatch(/\(scripted model\)\n.* completed .*\n├─ 2\.1 /);
    expect(stdout).toMatch(/agents, \d+ iterations, \d+ model calls, \d+ sub-queries, [\d,]+ tokens/);
    expect(stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\/licences_/);
    expect(stdout).toContain('npx rlm dev');
  });

  test('starts what is missing, and Ctrl-C leaves nothing of it running', async () => {
    await using other = await RlmFolder.make();
    const { child, said, ended } = startIn(other, 'licences/main.ts');
    await until(() => said.stderr.includes('sub-agent 2.'));
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/^starting the Temporal server/m);
    expect(stderr).toMatch(/run licences_\S+ was cancelled/);
    await other.becomesQuiet();
  });

  test('an unknown option ends it in one line', async () => {
    const { code, stderr } = await start('licences/main.ts', '--fast').ended;
    expect({ code, stderr }).toEqual({ code: 2, stderr: "Unknown option '--fast'\n" });
  });
});

/** Without line breaks, indentation and the marks of comments. */
function plain(text: string): string {
  return text.replaceAll(/[\s*#>/]+/g, ' ');
}

async function declared(name: string): Promise<unknown> {
  return JSON.parse(await readFile(`${project}node_modules/${name}/package.json`, 'utf8')).license;
}

describe('examples/monte-cristo', () => {
  test('writes the wealth of each character in each chapter, and draws it', async () => {
    await writeFile(folder.path('novel.txt'), novel);
    const { code, stderr, stdout } = await start('monte-cristo/main.ts', '--text', 'novel.txt', '-o', 'out').ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('fetched 6 chapters');
    expect(stderr).toMatch(/iteration 2: .*\n +import json/);
    expect(stdout).toContain('30 rows');

    const rows = z.array(Wealth).parse(await folder.json('out', 'wealth_data.json'));
    const wanted = [1, 2, 3, 4, 5, 6].flatMap((chapter) => characters.map((character) => `${chapter} ${character}`));
    expect(rows.map(({ chapter, character }) => `${chapter} ${character}`).toSorted()).toEqual(wanted.toSorted());
    const wealth = (name: string) => rows.filter(({ character }) => character === name).map((row) => row.wealth);
    expect(wealth('Dantès').at(-1)).toBeGreaterThan(wealth('Dantès')[0] ?? 10);
    expect(wealth('Danglars').at(-1)).toBeLessThan(Math.max(...wealth('Danglars')));

    const svg = await readFile(folder.path('out', 'wealth_trajectories.svg'), 'utf8');
    expect(svg).toMatch(/^<svg [\s\S]*<\/svg>$/);
    expect(svg.match(/class="mark-line /g)).toHaveLength(5);
    for (const character of characters) expect(svg).toContain(`>${character}</text>`);
    expect(svg.match(/aria-roledescription="circle"/g)).toHaveLength(30);

    const png = await readFile(folder.path('out', 'wealth_trajectories.png'));
    expect(png.subarray(0, 8)).toEqual(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
    expect(png.readUInt32BE(16)).toBeGreaterThan(1_600);
    expect(png.readUInt32BE(20)).toBeGreaterThan(800);
  });

  test('a file that is missing or has no chapters ends it in one line', async () => {
    const missing = await start('monte-cristo/main.ts', '--text', 'missing.txt').ended;
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringMatching(/^cannot read missing\.txt: .*\n$/) });
    await writeFile(folder.path('letter.txt'), 'Dear Sir,\nno chapters here.\n');
    const letter = await start('monte-cristo/main.ts', '--text', 'letter.txt').ended;
    expect(letter).toMatchObject({ code: 2, stderr: 'the text has no line that begins with "Chapter 1."\n' });
  });

  describe('the book', () => {
    let site: Server;
    let url: string;
    let requests = 0;
    beforeAll(async () => {
      site = createServer((request, response) => {
        requests += 1;
        response.statusCode = request.url === '/book.txt' ? 200 : 404;
        response.end(novel);
      }).listen(0, '127.0.0.1');
      await once(site, 'listening');
      url = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    });
    afterAll(() => site?.close());

    test('is downloaded once, with progress', async () => {
      const file = folder.path('books', 'book.txt');
      let bytes = 0;
      const progress = (count: number) => {
        bytes = count;
      };
      expect(await downloadBook(`${url}/book.txt`, file, progress)).toBe(novel);
      expect(bytes).toBe(Buffer.byteLength(novel));
      expect(await downloadBook(`${url}/book.txt`, file, progress)).toBe(novel);
      expect(requests).toBe(1);
    });

    test('that cannot be had is a mistake that names --text', async () => {
      const download = downloadBook(`${url}/other.txt`, folder.path('other.txt'), () => {});
      await expect(download).rejects.toThrow(/cannot download .*: 404 .*--text FILE$/);
    });
  });
});

describe('examples/tools', () => {
  test('answers from what the tool finds', async () => {
    const { code, stdout, stderr } = await start('tools/main.ts').ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('search_knowledge_base');
    expect(stdout).toMatch(/^Cargo bikes are lent for 3 days.*\nfrom: borrowing\n/);
  });

  test('says when the knowledge base does not tell', async () => {
    const { stdout } = await start('tools/main.ts', 'Who painted the ceiling of the chapel?').ended;
    expect(stdout).toMatch(/^The knowledge base does not say\.\nfrom: no article\n/);
  });
});

describe('examples/repository', () => {
  test('sub-agents at two depths find the TODO whose patch makes the failing test pass', async () => {
    const { code, stdout, stderr } = await start('repository/main.ts').ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('scripted model');
    expect(stdout).toMatch(/^Did what postage\/rates\/bands\.py:15 asked for: /);
    expect(stdout).toContain('6 TODO comments are left:');
    expect(stdout).toMatch(/^├─ 3\.1 .* completed .*\n│ {2}├─ 2\.1 /m);
    expect(stdout).toMatch(/^10 agents, /m);
    expect(stdout).toMatch(/^-.*TODO: .*\n-.*grams < limit:\n\+.*grams <= limit:$/m);
    expect(stdout).toContain('the tests before the patch: FAILED (failures=1)\n');
    expect(stdout).toMatch(/the tests after it: +OK\nThe failing test now passes\.\n$/);
    const left = await readdir(folder.path('data', 'sandboxes'));
    expect(left.filter((name) => name.endsWith('.json'))).toEqual([]);
  });

  test('the script explores any repository, and changes nothing where it knows no fix', async () => {
    const repository = folder.path('other');
    await start('repository/make-repository.ts', repository).ended;
    await writeFile(folder.path('other', 'postage', 'rates', 'bands.py'), '# TODO: begin\n');
    git(repository, ['commit', '--quiet', '--all', '--message', 'Take the bands away']);
    const run = folder.start(['repo', repository, '-p', 'Fix a TODO', '-m', 'scripted/repository']);
    const { code, stdout, stderr } = await run.ended;
    expect(code, stderr).toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain('Nothing was changed: no TODO explains a failing test.');
    expect(stderr).toMatch(/small: postage\/rates\/bands\.py:1 begin /);
  });

  test('the repository has the same commits each time', async () => {
    const first = await start('repository/make-repository.ts', 'first').ended;
    const second = await start('repository/make-repository.ts', 'second').ended;
    expect(first.stdout).toMatch(/^first is a repository, at commit [0-9a-f]{40}\n$/);
    expect(second.stdout).toBe(first.stdout.replace('first', 'second'));
    expect(git(folder.path('first'), ['log', '-1', '--format=%an %ad', '--date=short'])).toBe(
      'Postage Example 2026-03-14\n',
    );
    const again = await start('repository/make-repository.ts', 'first').ended;
    expect(again).toMatchObject({ code: 2, stderr: 'first exists already; name a folder that does not\n' });
  });
});
