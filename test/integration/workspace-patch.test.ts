import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PatchMade } from '../../src/repl/protocol.ts';
import { type FileContent, git, writeFiles } from '../support/git-repository.ts';
import { filesBelow, WorkspaceJobs } from '../support/workspace-jobs.ts';

const files = {
  'README.md': 'hello\n',
  'src/main.py': 'def main():\n    return 1\n',
  'src/other.py': `${Array.from({ length: 40 }, (_, line) => `value_${line} = ${line}`).join('\n')}\n`,
  'tools/run.sh': { content: '#!/bin/sh\necho run\n', mode: 0o755 },
};
const latin1 = Buffer.from('caf\xe9\n', 'latin1');
const bytes = Buffer.from(Array.from({ length: 2000 }, (_, index) => (index * 7919) % 256));

interface Change {
  behaviour: string;
  files?: Record<string, FileContent>;
  prepare?: (directory: string) => void;
  change: (directory: string, jobs: WorkspaceJobs) => void;
  /** What .gitignore ignores, or cannot be in a patch. */
  without?: string[];
  changed: number;
  remarks?: unknown[];
}

/** Clones, changes, takes the patch, and compares the work tree with two clean clones that it is applied to. */
function check({
  files: first = files,
  prepare,
  change,
  without = [],
  changed,
  remarks = [],
}: Omit<Change, 'behaviour'>): void {
  using jobs = new WorkspaceJobs(first, prepare);
  expect(jobs.clone()).toMatchObject({ ok: true });
  change(jobs.directory, jobs);
  expect(jobs.takePatch()).toEqual({ ok: true, bytes: expect.any(Number), files: changed, remarks });
  expectSame(jobs, without);
}

function expectSame(jobs: WorkspaceJobs, without: string[] = []): void {
  jobs.patch();
  const wanted = filesBelow(jobs.directory);
  for (const path of without) delete wanted[path];
  expect(filesBelow(jobs.applied())).toEqual(wanted);
  expect(filesBelow(jobs.applied('--index'))).toEqual(wanted);
}

function write(directory: string, path: string | Buffer, content: string | Uint8Array): void {
  writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(path)]), content);
}

const odd = [
  ' lead',
  'trail ',
  'a b',
  'tab\tbed',
  'new\nline',
  'quo"te',
  "apo'strophe",
  'back\\slash',
  '*',
  '?.x',
  '[a]',
  '-rf',
  '--all',
  '!not',
  '#hash',
  ':(top)x',
  ':colon',
  'é',
  '日本',
  'a',
  '~',
  '$HOME',
  '{a,b}',
  '\\*',
];

describe('the patch makes a clean clone the same as the work tree', () => {
  const changes: Change[] = [
    { behaviour: 'when nothing was changed', change: () => {}, changed: 0 },
    {
      behaviour: 'when files were edited, added and deleted',
      change: (directory) => {
        writeFiles(directory, { 'src/main.py': 'def main():\n    return 2\n', 'docs/new.md': 'new\n' });
        rmSync(join(directory, 'README.md'));
      },
      changed: 3,
    },
    {
      behaviour: 'when a file was changed at once after the clone, to the same length',
      change: (directory) => writeFiles(directory, { 'README.md': 'hallo\n' }),
      changed: 1,
    },
    {
      behaviour: 'when the agent committed',
      change: (directory, jobs) => {
        writeFiles(directory, { 'README.md': 'committed\n', new: 'new\n' });
        jobs.git('add', '--all');
        jobs.git('commit', '--quiet', '--message', 'mine');
      },
      changed: 2,
    },
    {
      behaviour: 'when the agent staged',
      change: (directory, jobs) => {
        writeFiles(directory, { 'README.md': 'staged\n' });
        jobs.git('add', '--all');
        jobs.git('rm', '--quiet', 'src/main.py');
      },
      changed: 2,
    },
    {
      behaviour: 'when the agent committed, then staged, then edited the same file',
      change: (directory, jobs) => {
        for (const [content, ...command] of [
          ['committed\n', 'commit', '--quiet', '--all', '--message', 'mine'],
          ['staged\n', 'add', '--all'],
        ] as const) {
          writeFiles(directory, { 'README.md': content });
          jobs.git(...command);
        }
        writeFiles(directory, { 'README.md': 'edited\n' });
      },
      changed: 1,
    },
    {
      behaviour: 'when the agent staged what it then took out of the work tree',
      change: (directory, jobs) => {
        writeFiles(directory, { staged: 'gone\n' });
        jobs.git('add', '--all');
        rmSync(join(directory, 'staged'));
      },
      changed: 0,
    },
    {
      behaviour: 'when the agent is on another branch, with history rewritten',
      change: (directory, jobs) => {
        jobs.git('checkout', '--quiet', '--orphan', 'mine');
        writeFiles(directory, { 'README.md': 'mine\n' });
        jobs.git('commit', '--quiet', '--all', '--message', 'all new');
        jobs.git('branch', '-D', 'main');
      },
      changed: 1,
    },
    {
      behaviour: 'when the agent deleted .git',
      change: (directory) => {
        rmSync(join(directory, '.git'), { recursive: true });
        writeFiles(directory, { 'README.md': 'changed\n' });
      },
      changed: 1,
    },
    {
      behaviour: 'when the agent made a repository of its own in place of .git',
      change: (directory, jobs) => {
        rmSync(join(directory, '.git'), { recursive: true });
        jobs.git('init', '--quiet');
        writeFiles(directory, { 'README.md': 'changed\n' });
      },
      changed: 1,
    },
    {
      behaviour: 'when .git is a file that leads elsewhere',
      change: (directory) => {
        rmSync(join(directory, '.git'), { recursive: true });
        writeFiles(directory, { '.git': 'gitdir: /nowhere\n', 'README.md': 'changed\n' });
      },
      changed: 1,
    },
    {
      behaviour: 'when the whole work tree was deleted',
      change: (directory) => {
        for (const name of ['.git', 'README.md', 'src', 'tools']) rmSync(join(directory, name), { recursive: true });
      },
      changed: 4,
    },
    {
      behaviour: 'whatever flags the agent gave files in its own index',
      change: (directory, jobs) => {
        jobs.git('update-index', '--assume-unchanged', 'README.md');
        jobs.git('update-index', '--skip-worktree', 'src/main.py');
        writeFiles(directory, { 'README.md': 'changed\n', 'src/main.py': 'changed\n' });
      },
      changed: 2,
    },
    {
      behaviour: 'whatever the agent wrote into info/exclude, sparse-checkout and the excludes of its settings',
      change: (directory, jobs) => {
        const excludes = join(jobs.repository.root, 'excludes');
        writeFileSync(excludes, '*\n');
        jobs.git('config', 'core.excludesFile', excludes);
        writeFileSync(join(directory, '.git/info/exclude'), '*\n');
        writeFileSync(join(directory, '.git/info/sparse-checkout'), '/docs\n');
        jobs.git('config', 'core.sparseCheckout', 'true');
        writeFiles(directory, { new: 'new\n' });
      },
      changed: 1,
    },
    {
      behaviour: 'but for what .gitignore ignores, at any depth',
      files: { ...files, '.gitignore': '*.log\n/build/\n' },
      change: (directory) =>
        writeFiles(directory, {
          'a.log': 'ignored\n',
          'build/x': 'ignored\n',
          'src/build/x': 'not ignored\n',
          'src/.gitignore': '!keep.log\n*.tmp\n',
          'src/keep.log': 'kept\n',
          'src/a.tmp': 'ignored\n',
        }),
      without: ['a.log', 'build/x', 'src/a.tmp'],
      changed: 3,
    },
    {
      behaviour: 'with the changes of tracked files that are ignored',
      prepare: (directory) => {
        writeFiles(directory, { 'a.log': 'one\n', 'build/x': 'one\n', 'build/y': 'one\n' });
        git(directory, 'add', '--all');
      },
      files: { ...files, '.gitignore': '*.log\nbuild/\n' },
      change: (directory) => {
        writeFiles(directory, { 'a.log': 'two\n', 'build/x': 'two\n', 'build/new': 'ignored\n' });
        rmSync(join(directory, 'build/y'));
      },
      without: ['build/new'],
      changed: 3,
    },
    {
      behaviour: 'when the agent made .gitignore ignore a tracked file',
      change: (directory) => writeFiles(directory, { '.gitignore': '*\n', 'README.md': 'changed\n' }),
      without: ['.gitignore'],
      changed: 1,
    },
    {
      behaviour: 'with names of every kind',
      files: {},
      prepare: (directory) => {
        for (const name of odd) write(directory, name, `1\n2\n3\n${name}\n`);
        write(directory, Buffer.from('raw\xff\xe9', 'latin1'), 'one\n');
      },
      change: (directory) => {
        for (const name of odd) {
          write(directory, name, `1\n2\n3\nchanged ${name}\n`);
          mkdirSync(join(directory, `folder ${name}`));
          write(directory, `folder ${name}/${name}`, 'new\n');
        }
        write(directory, Buffer.from('raw\xff\xe9', 'latin1'), 'two\n');
        write(directory, Buffer.from('\xfe new', 'latin1'), 'new\n');
      },
      changed: odd.length * 2 + 2,
    },
    {
      behaviour: 'with content in other encodings, under names of every kind',
      files: {},
      prepare: (directory) => {
        for (const name of odd) write(directory, name, Buffer.concat([Buffer.from('one\n'), latin1]));
      },
      change: (directory) => {
        for (const name of odd) write(directory, name, Buffer.concat([Buffer.from('two\n'), latin1]));
        write(directory, Buffer.from('raw\xff', 'latin1'), latin1);
        write(directory, 'utf-16', Buffer.from('text\n', 'utf16le'));
      },
      changed: odd.length + 2,
    },
    {
      behaviour: 'with names too long for a line of attributes',
      files: {},
      prepare: (directory) => {
        const folder = join(directory, ...Array.from({ length: 6 }, () => 'é'.repeat(60)));
        mkdirSync(folder, { recursive: true });
        write(folder, 'é'.repeat(120), latin1);
      },
      change: (directory) => {
        const folder = join(directory, ...Array.from({ length: 6 }, () => 'é'.repeat(60)));
        write(folder, 'é'.repeat(120), Buffer.concat([latin1, latin1]));
      },
      changed: 1,
    },
    {
      behaviour: 'when a text becomes Latin-1, or Latin-1 becomes UTF-8, or both are renamed',
      files: { a: 'cafe\n', b: latin1, c: Buffer.concat([bytes, latin1]), d: 'plain\n' },
      change: (directory) => {
        writeFiles(directory, { a: latin1, b: 'café\n' });
        renameSync(join(directory, 'c'), join(directory, 'moved'));
        appendFileSync(join(directory, 'moved'), latin1);
      },
      changed: 3,
    },
    {
      behaviour: 'when the function in a hunk header ends within a character',
      files: {
        'a.py': `def ${'é'.repeat(70)}():\n${'    line\n'.repeat(20)}`,
        b: Buffer.concat([Buffer.from('function \xe9x\n', 'latin1'), Buffer.from('    line\n'.repeat(20))]),
      },
      change: (directory) => {
        appendFileSync(join(directory, 'a.py'), '    more\n');
        appendFileSync(join(directory, 'b'), '    more\n');
      },
      changed: 2,
    },
    {
      behaviour: 'with binary files that are added, changed and deleted',
      files: { changed: bytes, deleted: bytes },
      change: (directory) => {
        writeFiles(directory, { changed: Buffer.concat([bytes, bytes]), added: Buffer.from([0, 1, 2]) });
        rmSync(join(directory, 'deleted'));
      },
      changed: 3,
    },
    {
      behaviour: 'with lines that look like parts of a patch',
      files: { a: '-- a/x\n', b: 'x\n' },
      change: (directory) =>
        writeFiles(directory, {
          a: '++ b/x\n@@ -1 +1 @@\ndiff --git a/a b/b\n',
          b: 'diff --git a/a b/b\n--- a/a\n+++ b/b\n',
        }),
      changed: 2,
    },
    {
      behaviour: 'with empty files, missing final newlines, CRLF, lone CR, form feeds and other separators',
      files: { crlf: 'a\r\nb\r\n', final: 'a\nb', empty: '', becomes: 'full\n' },
      change: (directory) =>
        writeFiles(directory, {
          crlf: 'a\r\nc\r\n',
          final: 'a\nc',
          'new empty': '',
          becomes: '',
          mixed: 'a\r\nb\nc\rd\fe\u2028f\u0085g',
          spaces: '  trailing  \n\n\n',
          empty: 'x',
        }),
      changed: 7,
    },
    {
      behaviour: 'with links: dangling, absolute, to a folder, to outside, retargeted',
      files: { ...files, old: { link: 'README.md' } },
      change: (directory, jobs) => {
        rmSync(join(directory, 'old'));
        symlinkSync('src', join(directory, 'old'));
        symlinkSync('nowhere', join(directory, 'dangling'));
        symlinkSync('/nowhere/absolute', join(directory, 'absolute'));
        symlinkSync('..', join(directory, 'up'));
        symlinkSync(jobs.repository.root, join(directory, 'outside'));
        symlinkSync(Buffer.from('\xff', 'latin1'), join(directory, 'raw'));
      },
      changed: 6,
    },
    {
      behaviour: "when files, links and folders took each other's places",
      files: {
        'file to link': 'a\n',
        'file to folder': 'b\n',
        'link to file': { link: 'x' },
        'link to folder': { link: 'y' },
        'folder to file/a': 'c\n',
        'folder to link/a': 'd\n',
      },
      change: (directory) => {
        for (const name of [
          'file to link',
          'file to folder',
          'link to file',
          'link to folder',
          'folder to file',
          'folder to link',
        ]) {
          rmSync(join(directory, name), { recursive: true });
        }
        writeFiles(directory, {
          'file to link': { link: 'target' },
          'file to folder/inside': 'new b\n',
          'link to file': 'now a file\n',
          'link to folder/inside': 'new y\n',
          'folder to file': 'new c\n',
          'folder to link': { link: 'elsewhere' },
        });
      },
      changed: 10,
    },
    {
      behaviour: 'when a link moved, and a folder took its place',
      files: { link: { link: 'target' } },
      change: (directory) => {
        renameSync(join(directory, 'link'), join(directory, 'moved'));
        writeFiles(directory, { 'link/inside': 'x\n' });
      },
      changed: 3,
    },
    {
      behaviour: 'with links whose targets are not UTF-8, changed, removed, and in place of a file',
      files: { file: 'a\n' },
      prepare: (directory) => {
        for (const name of ['changed', 'removed']) symlinkSync(Buffer.from('old\xff', 'latin1'), join(directory, name));
      },
      change: (directory) => {
        for (const name of ['changed', 'removed', 'file']) rmSync(join(directory, name));
        for (const name of ['changed', 'file']) symlinkSync(Buffer.from('new\n\xfe', 'latin1'), join(directory, name));
      },
      changed: 3,
    },
    {
      behaviour: 'with empty files, binary ones and modes in folders whose names end in a space',
      files: { ' a / b / mode': 'x\n', ' a / b / gone': bytes },
      change: (directory) => {
        chmodSync(join(directory, ' a / b / mode'), 0o755);
        rmSync(join(directory, ' a / b / gone'));
        writeFiles(directory, {
          ' a / b / empty': '',
          ' a / b / binary': Buffer.from([0, 1]),
          ' a / b / text': latin1,
        });
      },
      changed: 5,
    },
    {
      behaviour: 'when a tracked folder was replaced by a link to a folder outside',
      change: (directory, jobs) => {
        writeFiles(jobs.repository.root, { 'outside/main.py': 'secret\n', 'outside/more': 'secret\n' });
        rmSync(join(directory, 'src'), { recursive: true });
        symlinkSync(join(jobs.repository.root, 'outside'), join(directory, 'src'));
      },
      changed: 3,
    },
    {
      behaviour: 'with modes changed, alone and with the content',
      change: (directory) => {
        chmodSync(join(directory, 'README.md'), 0o755);
        chmodSync(join(directory, 'tools/run.sh'), 0o644);
        chmodSync(join(directory, 'src/main.py'), 0o700);
        appendFileSync(join(directory, 'src/main.py'), '# more\n');
        chmodSync(join(directory, 'src/other.py'), 0o600);
      },
      changed: 3,
    },
    {
      behaviour: 'with files renamed, with and without edits',
      change: (directory) => {
        renameSync(join(directory, 'src/other.py'), join(directory, 'src/renamed.py'));
        appendFileSync(join(directory, 'src/renamed.py'), 'more = 1\n');
        renameSync(join(directory, 'tools'), join(directory, 'scripts'));
      },
      changed: 2,
    },
    {
      behaviour: 'when two files changed places',
      change: (directory) => {
        renameSync(join(directory, 'README.md'), join(directory, 'x'));
        renameSync(join(directory, 'src/other.py'), join(directory, 'README.md'));
        renameSync(join(directory, 'x'), join(directory, 'src/other.py'));
      },
      changed: 2,
    },
    {
      behaviour: 'with renames in which only the case differs',
      change: (directory) => {
        renameSync(join(directory, 'README.md'), join(directory, 'readme.md'));
        renameSync(join(directory, 'src'), join(directory, 'Src'));
      },
      changed: 3,
    },
    {
      behaviour: 'with text, eol, diff and -diff in .gitattributes',
      files: {
        '.gitattributes': '*.txt text\n*.bat text eol=crlf\n*.dat diff\n*.lock -diff\n*.py diff=python\n',
        'a.txt': 'one\ntwo\n',
        'a.bat': 'one\r\ntwo\r\n',
        'a.dat': bytes,
        'a.lock': 'one\n',
        'a.py': 'def f():\n    pass\n',
      },
      change: (directory) =>
        writeFiles(directory, {
          'a.txt': 'one\n2\n',
          'a.bat': 'one\r\n2\r\n',
          'a.dat': Buffer.concat([bytes, Buffer.from([0])]),
          'a.lock': 'two\n',
          'a.py': 'def f():\n    return\n',
          'new.bat': 'new\r\n',
          'new.lock': 'new\n',
        }),
      changed: 7,
    },
    {
      behaviour: 'with a filter in .gitattributes, as of LFS: pointers stay pointers, other content is taken as it is',
      files: {
        '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
        'a.bin': 'version https://git-lfs\n',
        'b.bin': 'version https://git-lfs\n',
      },
      change: (directory) => writeFiles(directory, { 'b.bin': bytes, 'c.bin': 'new\n' }),
      changed: 2,
    },
    {
      behaviour: 'with .gitattributes that the agent wrote against the patch',
      change: (directory) =>
        writeFiles(directory, {
          '.gitattributes': '* -diff -text filter=mine ident export-ignore\n* diff\n',
          'README.md': Buffer.from([0, 0, 255]),
          new: '$Id$\n',
        }),
      changed: 3,
    },
    {
      behaviour: 'with an encoding in .gitattributes that a file is not in',
      change: (directory) =>
        writeFiles(directory, {
          '.gitattributes': '*.txt working-tree-encoding=UTF-16LE\n',
          'odd.txt': 'odd',
          'README.md': 'changed\n',
        }),
      changed: 3,
    },
    {
      behaviour: 'with a git repository that the agent made inside',
      change: (directory) => {
        writeFiles(directory, {
          'inner/a': 'a\n',
          'inner/deep/b': 'b\n',
          'inner/.gitignore': 'ignored\n',
          'inner/ignored': 'x\n',
        });
        git(join(directory, 'inner'), 'init', '--quiet');
        git(join(directory, 'inner'), 'add', 'a');
        git(join(directory, 'inner'), 'commit', '--quiet', '--message', 'inner');
        writeFiles(directory, { 'inner/after': 'after\n' });
      },
      without: ['inner/ignored'],
      changed: 4,
      remarks: ['files of a git repository in the workspace; its history is not in the patch: inner'],
    },
    {
      behaviour: 'with repositories inside that have no commit, or lie in one another, or in a tracked folder',
      change: (directory) => {
        for (const folder of ['*', '*/deep', 'src']) {
          mkdirSync(join(directory, folder), { recursive: true });
          git(join(directory, folder), 'init', '--quiet');
          writeFiles(directory, { [`${folder}/new`]: `${folder}\n` });
        }
        rmSync(join(directory, 'src/other.py'));
        appendFileSync(join(directory, 'src/main.py'), '# more\n');
        writeFiles(directory, { 'broken/.git': 'no repository\n', 'broken/a': 'a\n' });
      },
      changed: 6,
      remarks: [expect.stringContaining('*, broken, src')],
    },
    {
      behaviour: 'when a tracked file became a repository',
      change: (directory) => {
        rmSync(join(directory, 'README.md'));
        mkdirSync(join(directory, 'README.md'));
        git(join(directory, 'README.md'), 'init', '--quiet');
        writeFiles(directory, { 'README.md/inside': 'x\n' });
      },
      changed: 2,
      remarks: [expect.stringContaining('README.md')],
    },
    {
      behaviour: 'with hard links, and a file that others may not read',
      change: (directory) => {
        linkSync(join(directory, 'README.md'), join(directory, 'linked'));
        writeFiles(directory, { private: 'x\n' });
        chmodSync(join(directory, 'private'), 0);
      },
      changed: 2,
    },
    {
      behaviour: 'but for FIFOs and sockets, which are named',
      files: { ...files, '.gitignore': '*.ignored\n' },
      change: (directory) => {
        rmSync(join(directory, 'README.md'));
        execFileSync('mkfifo', ['README.md', 'src/pipe', 'a.ignored'], { cwd: directory });
        execFileSync('python3', ['-c', 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'], {
          cwd: directory,
        });
      },
      changed: 1,
      remarks: ['left out, as a patch holds no FIFOs, sockets and devices: README.md, socket, src/pipe'],
    },
  ];

  it.each(changes)('$behaviour', check);
});

describe('the agent cannot lead git astray', () => {
  it('no filter, hook, driver, monitor or other program of its settings runs, and none of them has an effect', () => {
    using jobs = new WorkspaceJobs(files);
    jobs.clone();
    const trap = join(jobs.repository.root, 'trap');
    const sprung = join(jobs.repository.root, 'sprung');
    writeFileSync(trap, `#!/bin/sh\ntouch ${sprung}\necho trapped\n`, { mode: 0o755 });
    const settings = {
      'filter.mine.clean': trap,
      'filter.mine.process': trap,
      'filter.mine.required': 'true',
      'diff.mine.command': trap,
      'diff.mine.textconv': trap,
      'diff.external': trap,
      'diff.noprefix': 'true',
      'diff.renames': 'copies',
      'core.fsmonitor': trap,
      'core.worktree': '/',
      'core.pager': trap,
      'core.bare': 'true',
      'core.fileMode': 'false',
      'core.symlinks': 'false',
      'core.ignoreCase': 'true',
      'core.autocrlf': 'true',
      'core.quotePath': 'false',
      'core.hooksPath': jobs.repository.root,
      'color.ui': 'always',
      'safe.directory': '/nowhere',
    };
    const lines = Object.entries(settings).map(([name, value]) => {
      const [section, ...rest] = name.split('.');
      const key = rest.pop();
      return `[${section}${rest.length ? ` "${rest.join('.')}"` : ''}]\n${key} = ${value}\n`;
    });
    appendFileSync(join(jobs.directory, '.git/config'), lines.join(''));
    writeFileSync(join(jobs.repository.root, '.gitconfig'), lines.join(''));
    for (const hook of ['pre-commit', 'post-index-change', 'post-checkout']) {
      writeFileSync(join(jobs.directory, '.git/hooks', hook), readFileSync(trap), { mode: 0o755 });
      writeFileSync(join(jobs.repository.root, hook), readFileSync(trap), { mode: 0o755 });
    }
    writeFiles(jobs.directory, { '.gitattributes': '* filter=mine diff=mine\n', 'README.md': 'é\r\n' });
    chmodSync(join(jobs.directory, 'src/main.py'), 0o755);
    symlinkSync('README.md', join(jobs.directory, 'link'));
    jobs.runner = {
      environment: {
        HOME: jobs.repository.root,
        GIT_DIR: '/nowhere',
        GIT_EXTERNAL_DIFF: trap,
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'diff.noprefix',
        GIT_CONFIG_VALUE_0: 'true',
      },
    };
    expect(jobs.takePatch()).toMatchObject({ ok: true, files: 4, remarks: [] });
    expect(existsSync(sprung)).toBe(false);
    expectSame(jobs);
  });

  it.each<[string, (jobs: WorkspaceJobs) => void]>([
    ['missing', ({ state }) => rmSync(join(state, 'index'))],
    ['cut off', ({ state }) => truncateSync(join(state, 'index'), 100)],
    ['garbage', ({ state }) => writeFileSync(join(state, 'index'), 'DIRC garbage')],
    ['empty', ({ state }) => writeFileSync(join(state, 'index'), '')],
    [
      'a folder',
      ({ state }) => {
        rmSync(join(state, 'index'));
        mkdirSync(join(state, 'index'));
      },
    ],
    [
      'changed within',
      ({ state }) => {
        const index = readFileSync(join(state, 'index'));
        index.fill(7, 60, 72);
        writeFileSync(join(state, 'index'), index);
      },
    ],
  ])('a copied index that is %s makes no difference', (_, destroy) => {
    using jobs = new WorkspaceJobs(files);
    jobs.clone();
    writeFiles(jobs.directory, { 'README.md': 'hallo\n' });
    destroy(jobs);
    expect(jobs.takePatch()).toMatchObject({ ok: true, files: 1 });
    expectSame(jobs);
  });

  it('neither does one that names objects of the agent alone', () => {
    using jobs = new WorkspaceJobs(files);
    jobs.clone();
    writeFiles(jobs.directory, { new: 'new\n' });
    jobs.git('add', '--all');
    writeFileSync(join(jobs.state, 'index'), readFileSync(join(jobs.directory, '.git/index')));
    expect(jobs.takePatch()).toMatchObject({ ok: true, files: 1 });
    expectSame(jobs);
  });

  it('what lies in the place of the patch, or of what the job needs, is removed and not followed', () => {
    using jobs = new WorkspaceJobs(files);
    jobs.clone();
    const outside = join(jobs.repository.root, 'outside');
    writeFiles(outside, { kept: 'kept\n' });
    symlinkSync(outside, join(jobs.state, 'patch.git'));
    mkdirSync(join(jobs.state, 'patch', 'deep'), { recursive: true });
    writeFiles(jobs.directory, { new: 'new\n' });
    expect(jobs.takePatch()).toMatchObject({ ok: true, files: 1 });
    expectSame(jobs);
    expect(filesBelow(outside)).toEqual({ kept: 'file kept\n' });
  });

  it('a link in place of the work tree is not followed', () => {
    using jobs = new WorkspaceJobs(files);
    jobs.clone();
    rmSync(jobs.directory, { recursive: true });
    const outside = join(jobs.repository.root, 'outside');
    writeFiles(outside, { secret: 'secret\n' });
    symlinkSync(outside, jobs.directory);
    expect(jobs.takePatch()).toMatchObject({ ok: true, files: 4 });
    expect(filesBelow(jobs.applied())).toEqual({});
  });

  it('a name that git refuses is left out and named', () => {
    using jobs = new WorkspaceJobs(files);
    jobs.clone();
    writeFiles(jobs.directory, {
      '.GIT/config': 'x\n',
      'inner/.git/HEAD': 'x\n',
      'inner/GIT~1': 'x\n',
      'inner/a': 'a\n',
      new: 'new\n',
    });
    const taken = jobs.takePatch();
    expect(taken).toMatchObject({ ok: true, files: 2 });
    expect((taken as { remarks: string[] }).remarks.join('\n')).toMatch(/left out by git: .*\.GIT\/config.*GIT~1/s);
    expectSame(jobs, ['.GIT/config', 'inner/GIT~1']);
  });
});

describe('submodules', () => {
  const submodule = (directory: string) => {
    git(directory, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},lib/sub`);
    writeFiles(directory, {
      '.gitmodules': '[submodule "lib/sub"]\n\tpath = lib/sub\n\turl = https://example.org/sub\n\tignore = all\n',
    });
    git(directory, 'add', '.gitmodules');
    git(directory, 'commit', '--quiet', '--message', 'submodule');
    mkdirSync(join(directory, 'lib/sub'), { recursive: true });
  };

  it('one that was not touched makes no difference', () => {
    check({
      prepare: submodule,
      change: (directory) => expect(lstatSync(join(directory, 'lib/sub')).isDirectory()).toBe(true),
      changed: 0,
    });
  });

  it('one that was filled at its commit is left as it is, and named', () => {
    check({
      prepare: submodule,
      change: (directory) => {
        writeFiles(directory, { 'lib/sub/.git/HEAD': `${'1'.repeat(40)}\n`, 'lib/sub/a': 'a\n' });
      },
      without: ['lib/sub/a'],
      changed: 0,
      remarks: ['a submodule, left as in the commit; changes in it are not in the patch: lib/sub'],
    });
  });

  it.each<[string, (directory: string) => void]>([
    ['files', (directory) => writeFiles(directory, { 'lib/sub/a': 'a\n' })],
    [
      'a file',
      (directory) => {
        rmSync(join(directory, 'lib/sub'), { recursive: true });
        writeFiles(directory, { 'lib/sub': 'a\n' });
      },
    ],
    [
      'a link',
      (directory) => {
        rmSync(join(directory, 'lib/sub'), { recursive: true });
        symlinkSync('..', join(directory, 'lib/sub'));
      },
    ],
    [
      'a repository',
      (directory) => {
        git(join(directory, 'lib/sub'), 'init', '--quiet');
        writeFiles(directory, { 'lib/sub/a': 'a\n' });
      },
    ],
    ['nothing', (directory) => rmSync(join(directory, 'lib'), { recursive: true })],
  ])('%s in its place is in the patch', (_, change) => {
    using jobs = new WorkspaceJobs(files, submodule);
    jobs.clone();
    change(jobs.directory);
    expect(jobs.takePatch()).toMatchObject({ ok: true });
    expect(jobs.patch()).toContain('deleted file mode 160000');
    expectSame(jobs);
  });
});

describe('what cannot be read', () => {
  it('is made readable: files of mode 000, folders without r or x', () => {
    using jobs = new WorkspaceJobs(files);
    if (process.getuid?.() === 0) jobs.handTo(12345);
    jobs.clone();
    const { directory } = jobs;
    writeFiles(directory, {
      'locked/deep/a': 'a\n',
      'locked/b': 'b\n',
      'listed/c': 'c\n',
      secret: 'secret\n',
      'README.md': 'changed\n',
    });
    git(directory, 'init', '--quiet', 'inner');
    writeFiles(directory, { 'inner/x/y': 'y\n' });
    if (process.getuid?.() === 0) jobs.handTo(12345);
    for (const path of ['secret', 'README.md', 'src', 'locked/deep', 'locked', 'inner/x/y', 'inner/x'])
      chmodSync(join(directory, path), 0);
    chmodSync(join(directory, 'listed'), 0o444);
    chmodSync(join(directory, 'tools'), 0o111);
    chmodSync(directory, 0);
    expect(jobs.takePatch()).toMatchObject({ ok: true, files: 6 });
    if (process.getuid?.() === 0) jobs.handTo(0);
    jobs.runner = {};
    expectSame(jobs);
  });
});

describe('a patch over the limit', () => {
  const noise = (length: number) => Array.from({ length }, (_, index) => String((index * 7919) % 9973)).join('\n');

  function remarksOf(taken: PatchMade): string[] {
    if (!taken.ok) throw new Error(taken.error);
    return taken.remarks;
  }

  it('is made without its largest files, which are named', () => {
    using jobs = new WorkspaceJobs({ ...files, changed: 'x\n' });
    jobs.clone();
    writeFiles(jobs.directory, { large: noise(3000), larger: noise(4000), small: 'small\n', changed: noise(3500) });
    const taken = jobs.takePatch({ largest: 30_000 });
    expect(taken).toMatchObject({ ok: true, files: 2 });
    expect(remarksOf(taken)).toEqual([
      expect.stringMatching(/^left out, as the patch would be over .*: larger, changed$/),
    ]);
    expect(jobs.patchBytes().length).toBeLessThanOrEqual(30_000);
    writeFiles(jobs.directory, { changed: 'x\n' });
    expectSame(jobs, ['larger']);
  });

  it('leaves out a single file over the limit without reading it into git, tracked or not, ignored ones unnamed', () => {
    using jobs = new WorkspaceJobs({ ...files, '.gitignore': '*.log\n', same: noise(3000) });
    jobs.clone();
    writeFiles(jobs.directory, {
      'a.log': noise(3000),
      'README.md': noise(3000),
      'inner/.git': '',
      'inner/b': noise(3000),
      c: noise(3000),
    });
    const taken = jobs.takePatch({ largest: 5_000 });
    expect(taken).toMatchObject({ ok: true, files: 0, bytes: 0 });
    expect(remarksOf(taken).at(-1)).toMatch(/: README\.md, c, inner\/b$/);
  });

  it('a rename that is left out leaves the old file, and a folder in place of a file goes with it', () => {
    using jobs = new WorkspaceJobs({ a: noise(3000), b: bytes, c: 'c\n' });
    jobs.clone();
    rmSync(join(jobs.directory, 'a'));
    writeFiles(jobs.directory, { 'a/inside': 'x\n', c: 'changed\n' });
    expect(jobs.takePatch({ largest: 5_000 })).toMatchObject({ ok: true, files: 1 });
    expect(filesBelow(jobs.applied())).toMatchObject({ a: expect.any(String), c: 'file changed\n' });
  });
});

describe('taking the patch', () => {
  it('may be done again, and leaves nothing behind but the patch', () => {
    using jobs = new WorkspaceJobs(files);
    jobs.clone();
    writeFiles(jobs.directory, { new: latin1 });
    const first = jobs.takePatch();
    const patch = jobs.patch();
    const before = Object.keys(filesBelow(jobs.state));
    expect(jobs.takePatch()).toEqual(first);
    expect(jobs.patch()).toBe(patch);
    rmSync(join(jobs.directory, 'new'));
    expect(jobs.takePatch()).toMatchObject({ ok: true, bytes: 0, files: 0 });
    expect(Object.keys(filesBelow(jobs.state))).toEqual(before);
    expect(jobs.git('status', '--porcelain')).toBe('');
  });

  it('shows a rename as one, with its edits alone', () => {
    using jobs = new WorkspaceJobs(files);
    jobs.clone();
    renameSync(join(jobs.directory, 'src/other.py'), join(jobs.directory, 'moved.py'));
    appendFileSync(join(jobs.directory, 'moved.py'), 'more = 1\n');
    jobs.takePatch();
    expect(jobs.patch()).toMatch(/^diff --git a\/src\/other\.py b\/moved\.py\nsimilarity index \d+%\nrename from/);
  });

  it('a long line is read in pieces, between whose characters nothing is lost', () => {
    using jobs = new WorkspaceJobs(files);
    jobs.clone();
    writeFiles(jobs.directory, { long: `x${'€'.repeat(3_000_000)}`, after: 'after\n' });
    expect(jobs.takePatch()).toMatchObject({ ok: true, files: 2 });
    expect(jobs.patch()).not.toContain('GIT binary patch');
    expectSame(jobs);
  });

  it('says so where there is no git, or no such commit', () => {
    using jobs = new WorkspaceJobs(files);
    jobs.clone();
    rmSync(join(jobs.source, 'objects'), { recursive: true });
    writeFileSync(join(jobs.state, 'index'), '');
    expect(jobs.takePatch()).toMatchObject({ ok: false, kind: 'failed', error: expect.stringMatching(/^[^\n]+$/) });
  });
});
