import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { git, writeFiles } from '../support/git-repository.ts';
import { filesBelow, WorkspaceJobs } from '../support/workspace-jobs.ts';

const files = {
  'README.md': 'hello\n',
  'src/main.py': 'main\n',
  run: { content: '#!/bin/sh\n', mode: 0o755 },
  link: { link: 'src' },
};

function refs(jobs: WorkspaceJobs): string[] {
  return jobs.git('for-each-ref', '--format=%(refname)').split('\n');
}

it('is a clone with the branch at the commit, checked out and clean, and the files counted', () => {
  using jobs = new WorkspaceJobs(files);
  git(jobs.repository.directory, 'tag', 'v1');
  git(jobs.repository.directory, 'branch', 'other/one');
  expect(jobs.clone()).toEqual({ ok: true, files: 4 });
  expect(filesBelow(jobs.directory)).toEqual(filesBelow(jobs.repository.directory));
  expect(jobs.git('status', '--porcelain=2', '--branch').split('\n')).toEqual([
    `# branch.oid ${jobs.commit}`,
    '# branch.head main',
    '# branch.upstream origin/main',
    '# branch.ab +0 -0',
  ]);
  expect(refs(jobs)).toEqual([
    'refs/heads/main',
    'refs/remotes/origin/HEAD',
    'refs/remotes/origin/main',
    'refs/remotes/origin/other/one',
    'refs/tags/v1',
  ]);
});

it('shares the objects of the source, and copies none', () => {
  using jobs = new WorkspaceJobs(files);
  jobs.clone();
  expect(readFileSync(join(jobs.directory, '.git/objects/info/alternates'), 'utf8')).toBe(`${jobs.source}/objects\n`);
  expect(jobs.git('count-objects')).toBe('0 objects, 0 kilobytes');
});

it('has the address of the origin, an author, and no collecting of garbage', () => {
  using jobs = new WorkspaceJobs(files);
  jobs.clone({ origin: 'https://example.org/a b;"c.git' });
  expect(jobs.git('remote', 'get-url', '--all', 'origin')).toBe('https://example.org/a b;"c.git');
  expect(jobs.git('config', 'gc.auto')).toBe('0');
  expect(readFileSync(join(jobs.directory, '.git/config'), 'utf8')).toMatch(
    /name = agent\n\temail = agent@localhost\n/,
  );
  expect(jobs.git('config', '--list', '--local')).not.toContain(jobs.source);
});

it('begins at an earlier commit, on its own branch behind that of the origin', () => {
  using jobs = new WorkspaceJobs(files);
  jobs.repository.commit({ 'README.md': 'later\n' });
  jobs.clone();
  expect(jobs.git('rev-parse', 'HEAD')).toBe(jobs.commit);
  expect(readFileSync(join(jobs.directory, 'README.md'), 'utf8')).toBe('hello\n');
  expect(jobs.git('status', '--porcelain', '--branch')).toBe('## main...origin/main [behind 1]');
});

it.each(['other', 'feature/deep', 'v1'])(
  'makes the branch %s, whether the source has it or not, and no other',
  (branch) => {
    using jobs = new WorkspaceJobs(files);
    if (branch === 'other') git(jobs.repository.directory, 'branch', 'other');
    git(jobs.repository.directory, 'tag', 'v1');
    jobs.repository.commit({ 'README.md': 'later\n' });
    expect(jobs.clone({ branch })).toEqual({ ok: true, files: 4 });
    expect(jobs.git('symbolic-ref', 'HEAD')).toBe(`refs/heads/${branch}`);
    expect(jobs.git('rev-parse', 'HEAD')).toBe(jobs.commit);
    expect(jobs.git('status', '--porcelain')).toBe('');
    expect(refs(jobs).filter((name) => name.startsWith('refs/heads/'))).toEqual([`refs/heads/${branch}`]);
  },
);

it('without a branch HEAD is detached, and there is no local branch', () => {
  using jobs = new WorkspaceJobs(files);
  expect(jobs.clone({ branch: null })).toEqual({ ok: true, files: 4 });
  expect(jobs.git('rev-parse', '--abbrev-ref', 'HEAD')).toBe('HEAD');
  expect(jobs.git('rev-parse', 'HEAD')).toBe(jobs.commit);
  expect(jobs.git('branch', '--list').split('\n')).toHaveLength(1);
});

it('clones a bare mirror whose HEAD names no branch, and commits that no branch reaches', () => {
  using jobs = new WorkspaceJobs(files);
  const lost = jobs.repository.commit({ 'README.md': 'lost\n' });
  git(jobs.repository.directory, 'update-ref', 'refs/pull/1/head', lost);
  git(jobs.repository.directory, 'reset', '--quiet', '--hard', jobs.commit);
  const mirror = join(jobs.repository.root, 'mirror.git');
  git(jobs.repository.root, 'clone', '--quiet', '--mirror', jobs.repository.directory, mirror);
  git(mirror, 'symbolic-ref', 'HEAD', 'refs/heads/gone');
  expect(jobs.clone({ source: mirror, commit: lost })).toEqual({ ok: true, files: 4 });
  expect(readFileSync(join(jobs.directory, 'README.md'), 'utf8')).toBe('lost\n');
});

it('clones a repository whose ids are SHA-256, and takes its patch', () => {
  using jobs = new WorkspaceJobs(files);
  const other = join(jobs.repository.root, 'sha256');
  git(jobs.repository.root, 'init', '--quiet', '--object-format=sha256', '--initial-branch', 'main', other);
  writeFiles(other, files);
  git(other, 'add', '--all');
  git(other, 'commit', '--quiet', '--message', 'first');
  const commit = git(other, 'rev-parse', 'HEAD');
  const source = join(other, '.git');
  expect(jobs.clone({ source, commit })).toEqual({ ok: true, files: 4 });
  writeFiles(jobs.directory, { 'README.md': 'hallo\n' });
  expect(jobs.takePatch({ commit, objects: join(source, 'objects') })).toMatchObject({ ok: true, files: 1 });
  expect(jobs.patch()).toMatch(/^index [0-9a-f]{64}\.\.[0-9a-f]{64} 100644$/m);
});

it('leaves the index beside the workspace, for taking the patch', () => {
  using jobs = new WorkspaceJobs(files);
  jobs.clone();
  expect(readFileSync(join(jobs.state, 'index'))).toEqual(readFileSync(join(jobs.directory, '.git/index')));
});

it('done again it only says so, and what the agent did stays', () => {
  using jobs = new WorkspaceJobs(files);
  const first = jobs.clone();
  writeFiles(jobs.directory, { 'README.md': 'mine\n', new: 'new\n' });
  rmSync(join(jobs.directory, '.git'), { recursive: true });
  expect(jobs.clone()).toEqual(first);
  expect(readFileSync(join(jobs.directory, 'README.md'), 'utf8')).toBe('mine\n');
  expect(existsSync(join(jobs.directory, '.git'))).toBe(false);
});

it('what was left half-done is done anew', () => {
  using jobs = new WorkspaceJobs(files);
  if (process.getuid?.() === 0) jobs.handTo(12345);
  jobs.clone();
  rmSync(join(jobs.state, 'clone.json'));
  rmSync(join(jobs.directory, '.git/HEAD'));
  writeFiles(jobs.directory, { 'left/over': 'x\n' });
  const outside = join(jobs.repository.root, 'outside');
  writeFiles(outside, { kept: 'kept\n' });
  symlinkSync(outside, join(jobs.directory, 'link out'));
  mkdirSync(join(jobs.directory, 'closed'), { mode: 0o000 });
  if (process.getuid?.() === 0) jobs.handTo(12345);
  expect(jobs.clone()).toEqual({ ok: true, files: 4 });
  expect(filesBelow(jobs.directory)).toEqual(filesBelow(jobs.repository.directory));
  expect(filesBelow(outside)).toEqual({ kept: 'file kept\n' });
});

it.skipIf(process.getuid?.() !== 0)('the source may belong to somebody else', () => {
  using jobs = new WorkspaceJobs(files);
  jobs.handTo(12345);
  jobs.runner = {};
  expect(jobs.clone()).toEqual({ ok: true, files: 4 });
});

it('submodules are empty folders, files of LFS stay pointers, and no filter, hook or setting of the user has an effect', () => {
  using jobs = new WorkspaceJobs(
    { ...files, '.gitattributes': '*.bin filter=lfs\n', 'a.bin': 'version https://git-lfs\n' },
    (directory) => {
      git(directory, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},lib/sub`);
      git(directory, 'commit', '--quiet', '--message', 'submodule');
      mkdirSync(join(directory, 'lib/sub'), { recursive: true });
    },
  );
  const home = join(jobs.repository.root, 'home');
  const sprung = join(jobs.repository.root, 'sprung');
  writeFiles(home, {
    '.gitconfig': `[filter "lfs"]\nsmudge = touch ${sprung}\nrequired = true\n[core]\nautocrlf = true\nhooksPath = ${home}\n[init]\ntemplateDir = ${home}\n[clone]\ndefaultRemoteName = upstream\n`,
    'post-checkout': { content: `#!/bin/sh\ntouch ${sprung}\n`, mode: 0o755 },
    'hooks/post-checkout': { content: `#!/bin/sh\ntouch ${sprung}\n`, mode: 0o755 },
  });
  jobs.runner = {
    environment: { HOME: home, GIT_DIR: '/nowhere', GIT_INDEX_FILE: '/nowhere', GIT_TEMPLATE_DIR: home },
  };
  expect(jobs.clone()).toEqual({ ok: true, files: 7 });
  expect(existsSync(sprung)).toBe(false);
  expect(readdirSync(join(jobs.directory, 'lib/sub'))).toEqual([]);
  expect(readFileSync(join(jobs.directory, 'a.bin'), 'utf8')).toBe('version https://git-lfs\n');
  expect(readFileSync(join(jobs.directory, 'README.md'), 'utf8')).toBe('hello\n');
  expect(readdirSync(join(jobs.directory, '.git/hooks'))).toEqual([]);
  expect(jobs.git('remote')).toBe('origin');
});

it('a work tree larger than the workspace is said to be so, with its size', () => {
  using jobs = new WorkspaceJobs({ ...files, large: Buffer.alloc(3 << 20, 'x') });
  jobs.runner = {
    within: ['bwrap', '--dev-bind', '/', '/', '--size', String(2 << 20), '--tmpfs', jobs.directory],
  };
  expect(jobs.clone()).toEqual({
    ok: false,
    kind: 'no-space',
    error: `the work tree does not fit into the sandbox's ${jobs.directory} (2 MiB)`,
  });
});

it('where there is no git, that is said', () => {
  using jobs = new WorkspaceJobs(files);
  jobs.runner = { environment: { PATH: jobs.state } };
  const missing = { ok: false, kind: 'no-git', error: 'there is no git in the sandbox' };
  expect(jobs.clone()).toEqual(missing);
  expect(jobs.takePatch()).toEqual(missing);
});

it('names that the file system refuses, missing commits and missing sources fail with the reason of git, in a line', () => {
  using jobs = new WorkspaceJobs(files);
  const blob = git(jobs.repository.directory, 'rev-parse', 'HEAD:README.md');
  const name = 'n'.repeat(300);
  git(jobs.repository.directory, 'update-index', '--add', '--cacheinfo', `100644,${blob},${name}`);
  git(jobs.repository.directory, 'commit', '--quiet', '--message', 'long');
  expect(jobs.clone({ commit: jobs.repository.head() })).toEqual({
    ok: false,
    kind: 'failed',
    error: expect.stringMatching(/^[^\n]*n{300}[^\n]*: File name too long$/),
  });
  expect(jobs.clone({ commit: '1'.repeat(40) })).toEqual({
    ok: false,
    kind: 'failed',
    error: expect.stringMatching(/^[^\n]*1{40}[^\n]*$/),
  });
  expect(jobs.clone({ source: '/nowhere' })).toEqual({
    ok: false,
    kind: 'failed',
    error: expect.stringMatching(/^[^\n]*\/nowhere[^\n]*$/),
  });
  expect(jobs.clone()).toEqual({ ok: true, files: 4 });
});

it('the agent can commit in it, look at its history and make branches', () => {
  using jobs = new WorkspaceJobs(files);
  jobs.clone();
  appendFileSync(join(jobs.directory, 'README.md'), 'more\n');
  writeFileSync(join(jobs.directory, '.git/info/exclude'), '*.log\n');
  jobs.git('commit', '--quiet', '--all', '--message', 'mine');
  jobs.git('checkout', '--quiet', '-b', 'mine');
  expect(jobs.git('log', '--format=%s')).toBe('mine\nmore');
  expect(jobs.git('diff', '--stat', 'origin/main')).toContain('1 file changed');
  expect(lstatSync(join(jobs.directory, 'link')).isSymbolicLink()).toBe(true);
});
