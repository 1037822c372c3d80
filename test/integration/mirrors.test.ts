import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RepositoryCredentials } from '../../src/config/settings.ts';
import { RepositoryRefused, RepositoryUnavailable } from '../../src/errors.ts';
import { Mirrors } from '../../src/repository/mirrors.ts';
import { startGitHttpServer } from '../support/git-http-server.ts';
import { GitRepository, git } from '../support/git-repository.ts';

const nobody: RepositoryCredentials = { token: null, username: null, githubToken: null, gitlabToken: null };

let dataDirectory = '';
let repository: GitRepository;
let mirrors: Mirrors;

beforeEach(() => {
  dataDirectory = mkdtempSync(join(tmpdir(), 'rlm-test-'));
  repository = new GitRepository();
  mirrors = new Mirrors(dataDirectory, nobody);
});
afterEach(() => {
  repository[Symbol.dispose]();
  rmSync(dataDirectory, { recursive: true, force: true });
});

const resolve = (options: { branch?: string; commit?: string } = {}) =>
  mirrors.resolve({ repository: repository.directory, ...options });

describe('the commit that is meant', () => {
  it('is the newest of the default branch where nothing else is said', async () => {
    const commit = repository.commit({ 'a.txt': 'a' });
    expect(await resolve()).toEqual({ repository: repository.directory, branch: 'main', commit });
  });

  it('is the newest of a branch, or what a tag points to', async () => {
    const first = repository.head();
    git(repository.directory, 'tag', 'light');
    git(repository.directory, 'tag', '-a', '-m', 'one', 'v1');
    git(repository.directory, 'switch', '--quiet', '-c', 'topic/one');
    const commit = repository.commit({ 'a.txt': 'a' });
    expect(await resolve({ branch: 'topic/one' })).toMatchObject({ branch: 'topic/one', commit });
    expect(await resolve({ branch: 'light' })).toMatchObject({ branch: 'light', commit: first });
    expect(await resolve({ branch: 'v1' })).toMatchObject({ branch: 'v1', commit: first });
  });

  it('is the one of a hash, in full or the beginning of it, in capitals too', async () => {
    const commit = repository.head();
    repository.commit({ 'a.txt': 'a' });
    expect(await resolve({ commit })).toMatchObject({ branch: null, commit });
    expect(await resolve({ commit: commit.slice(0, 8).toUpperCase() })).toMatchObject({ branch: null, commit });
    expect(await resolve({ commit, branch: 'main' })).toMatchObject({ branch: 'main', commit });
  });

  it('may be on no branch', async () => {
    const main = repository.head();
    git(repository.directory, 'switch', '--quiet', '--detach');
    const commit = repository.commit({ 'a.txt': 'a' });
    git(repository.directory, 'update-ref', 'refs/pull/7/head', commit);
    expect(await resolve()).toEqual({ repository: repository.directory, branch: null, commit });
    git(repository.directory, 'switch', '--quiet', 'main');
    expect(await resolve()).toMatchObject({ branch: 'main', commit: main });
    expect(await resolve({ commit })).toMatchObject({ commit });
  });

  it('is found in a shallow clone, as CI has them', async () => {
    repository.commit({ 'a.txt': 'a' });
    const shallow = join(repository.root, 'shallow');
    git(repository.root, 'clone', '--quiet', '--depth', '1', `file://${repository.directory}`, shallow);
    const workspace = await mirrors.resolve({ repository: shallow });
    expect(workspace.commit).toBe(repository.head());
    await mirrors.provide(workspace);
  });
});

describe('the mirror', () => {
  it('has what was committed since, and keeps what was taken back', async () => {
    const first = await resolve();
    const second = repository.commit({ 'a.txt': 'a' });
    expect((await resolve()).commit).toBe(second);
    git(repository.directory, 'reset', '--quiet', '--hard', first.commit);
    const third = repository.commit({ 'b.txt': 'b' });
    expect((await resolve()).commit).toBe(third);
    const directory = await mirrors.provide({ ...first, commit: second });
    expect(git(directory, 'cat-file', '-t', second)).toBe('commit');
  });

  it('is asked for a known commit without a word to the repository', async () => {
    const workspace = await resolve();
    repository[Symbol.dispose]();
    expect(await resolve({ commit: workspace.commit, branch: 'main' })).toEqual(workspace);
    await new Mirrors(dataDirectory, nobody).provide(workspace);
    await expect(resolve()).rejects.toThrow(RepositoryRefused);
  });

  it('is made once, however many ask for it at the same time', async () => {
    const commit = repository.head();
    const all = Array.from({ length: 8 }, () => new Mirrors(dataDirectory, nobody));
    const found = await Promise.all(all.map((one) => one.resolve({ repository: repository.directory })));
    expect(new Set(found.map((one) => one.commit))).toEqual(new Set([commit]));
    expect(readdirSync(join(dataDirectory, 'repositories')).filter((name) => name.endsWith('.git'))).toHaveLength(1);
  });

  it('is made anew when somebody removed it', async () => {
    const workspace = await resolve();
    rmSync(join(dataDirectory, 'repositories'), { recursive: true });
    const directory = await mirrors.provide(workspace);
    expect(git(directory, 'cat-file', '-t', workspace.commit)).toBe('commit');
  });

  it('follows a branch that became a folder of branches', async () => {
    git(repository.directory, 'branch', 'topic');
    await resolve({ branch: 'topic' });
    git(repository.directory, 'branch', '-D', 'topic');
    git(repository.directory, 'switch', '--quiet', '-c', 'topic/one');
    const commit = repository.commit({ 'a.txt': 'a' });
    expect((await resolve({ branch: 'topic/one' })).commit).toBe(commit);
  });

  it('ends its git when it is told to stop', async () => {
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/a.git`;
    const stop = new AbortController();
    silent.once('connection', () => stop.abort(new Error('enough')));
    await expect(mirrors.resolve({ repository: url }, stop.signal)).rejects.toThrow('enough');
    await new Promise((done) => silent.close(done));
  });
});

describe('refused in one line that says what to do', () => {
  it.each([
    ['a branch that is not there', { branch: 'nope' }, /has no branch or tag "nope"$/],
    ['a commit that is not there', { commit: 'f'.repeat(40) }, /has no commit f{40}$/],
    ['the beginning of no commit', { commit: 'abcdef12' }, /has no commit abcdef12$/],
    ['what is no commit at all', { commit: 'main' }, /"main" is no commit: give its hash/],
    ['a branch that is not there, with a commit that is', { branch: 'nope' }, /has no branch or tag "nope"$/],
    ['an option in place of a branch', { branch: '--upload-pack=x' }, /has no branch or tag "--upload-pack=x"$/],
  ])('%s', async (_, options, message) => {
    await resolve();
    await expect(resolve(options)).rejects.toThrow(message);
    await expect(resolve(options)).rejects.toBeInstanceOf(RepositoryRefused);
  });

  it('a repository without a commit', async () => {
    using empty = new GitRepository(null);
    await expect(mirrors.resolve({ repository: empty.directory })).rejects.toThrow(/is empty: it has no commit yet$/);
    await expect(mirrors.resolve({ repository: empty.directory, branch: 'main' })).rejects.toThrow(
      'has no branch or tag',
    );
  });

  it('a repository whose default branch is missing', async () => {
    git(repository.directory, 'symbolic-ref', 'HEAD', 'refs/heads/gone');
    await expect(resolve()).rejects.toThrow(/has no default branch; name one with -b$/);
    expect(await resolve({ branch: 'main' })).toMatchObject({ branch: 'main' });
  });

  it.each([
    ['a folder that is no repository', () => tmpdir(), /it is no git repository; give the top folder/],
    ['a path that is not there', () => '/nowhere/at/all', /it is no git repository|there is no such repository/],
    ['a relative path, which a worker could not follow', () => './project', /there is no repository \.\/project here/],
    ['a command in place of an address', () => 'ext::sh -c true', /no repository|no address|not ext/],
    ['an option in place of an address', () => '--upload-pack=touch', /is no address of a repository/],
    ['another protocol', () => 'ftp://example.org/a.git', /not ftp:$/],
  ])('%s', async (_, address, message) => {
    await expect(mirrors.resolve({ repository: address() })).rejects.toThrow(message);
    await expect(mirrors.resolve({ repository: address() })).rejects.toBeInstanceOf(RepositoryRefused);
  });

  it.each(['https://me:secret@example.org/a.git', 'https://secret@example.org/a.git', 'ssh://me:secret@example.org/a'])(
    'a credential in the address, without telling it: %s',
    async (address) => {
      const error = await mirrors.resolve({ repository: address }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(RepositoryRefused);
      expect(String(error)).toContain('RLM_GIT_TOKEN');
      expect(String(error)).not.toContain('secret');
    },
  );

  it('a server that nobody runs may be back later', async () => {
    const free = createServer();
    await new Promise<void>((done) => free.listen(0, '127.0.0.1', done));
    const { port } = free.address() as AddressInfo;
    await new Promise((done) => free.close(done));
    const attempt = mirrors.resolve({ repository: `http://127.0.0.1:${port}/a.git` });
    await expect(attempt).rejects.toBeInstanceOf(RepositoryUnavailable);
  });
});

describe('over HTTP', () => {
  const token = 'token-of-a-test-4711';

  it('a public repository needs no token, and is not told one that is for others', async () => {
    await using server = await startGitHttpServer(repository.root);
    const url = `${server.url}/project/.git`;
    const withOthers = new Mirrors(dataDirectory, { ...nobody, githubToken: token, gitlabToken: token });
    expect(await withOthers.resolve({ repository: url })).toEqual({
      repository: url,
      branch: 'main',
      commit: repository.head(),
    });
    expect(new Set(server.authorizations)).toEqual(new Set([null]));
  });

  it('a private one is reached with the token, which is written nowhere', async () => {
    await using server = await startGitHttpServer(repository.root, token);
    const url = `${server.url}/project/.git`;
    await expect(mirrors.resolve({ repository: url })).rejects.toThrow(/access is denied; .*RLM_GIT_TOKEN/);
    const allowed = new Mirrors(dataDirectory, { ...nobody, token });
    expect((await allowed.resolve({ repository: url })).commit).toBe(repository.head());
    const sent = server.authorizations.at(-1)?.replace('Basic ', '') ?? '';
    expect(Buffer.from(sent, 'base64').toString()).toBe(`x-access-token:${token}`);
    const files = readdirSync(dataDirectory, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    for (const { parentPath, name } of files) {
      expect(readFileSync(join(parentPath, name)).includes(token)).toBe(false);
    }
  });

  it('a wrong token is said to be refused', async () => {
    await using server = await startGitHttpServer(repository.root, token);
    const wrong = new Mirrors(dataDirectory, { ...nobody, token: 'wrong' });
    await expect(wrong.resolve({ repository: `${server.url}/project/.git` })).rejects.toThrow('access is denied');
  });

  it('a server that sends elsewhere does not take the token with it', async () => {
    await using other = await startGitHttpServer(repository.root, token);
    await using server = await startGitHttpServer(repository.root);
    server.redirectTo = other.url;
    const allowed = new Mirrors(dataDirectory, { ...nobody, token });
    await expect(allowed.resolve({ repository: `${server.url}/project/.git` })).rejects.toThrow('access is denied');
    expect(new Set(other.authorizations)).toEqual(new Set([null]));
  });

  it('one that is not there is said not to be there', async () => {
    await using server = await startGitHttpServer(repository.root);
    await expect(mirrors.resolve({ repository: `${server.url}/other.git` })).rejects.toThrow(
      'there is no such repository',
    );
  });
});

describe('over ssh', () => {
  it('the user’s own ssh is used, and asks nobody', async () => {
    const ssh = join(repository.root, 'ssh');
    const log = join(repository.root, 'log');
    // In place of another machine: it runs there what git asks for.
    writeFileSync(
      ssh,
      `#!/bin/sh\necho "$@" >> ${log}\n(: < /dev/tty) 2>/dev/null && exit 9\nfor last; do :; done\neval "$last"\n`,
    );
    chmodSync(ssh, 0o755);
    process.env.GIT_SSH = ssh;
    process.env.GIT_SSH_VARIANT = 'simple';
    try {
      const address = `git@example.org:${repository.directory}`;
      expect(await mirrors.resolve({ repository: address })).toMatchObject({ repository: address, branch: 'main' });
      expect(readFileSync(log, 'utf8')).toContain('git@example.org git-upload-pack');
    } finally {
      delete process.env.GIT_SSH;
      delete process.env.GIT_SSH_VARIANT;
    }
  });
});
