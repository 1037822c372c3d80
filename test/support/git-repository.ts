import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The content of a file; `mode` and `link` where it is more than that. */
export type FileContent = string | Uint8Array | { link: string } | { content: string; mode: number };

const identity = {
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.org',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.org',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

/** Runs git in a folder, apart from any configuration of this machine, and returns what it printed. */
export function git(directory: string, ...given: string[]): string {
  const env = { ...process.env, ...identity };
  return execFileSync('git', given, {
    cwd: directory,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

/** A repository of a test's own, in a temporary folder that goes with it. */
export class GitRepository implements Disposable {
  readonly root: string;
  readonly directory: string;

  /** With `files`: they are its first commit, on `main`. */
  constructor(files: Record<string, FileContent> | null = { 'README.md': 'hello\n' }) {
    this.root = mkdtempSync(join(tmpdir(), 'rlm-repository-'));
    this.directory = join(this.root, 'project');
    mkdirSync(this.directory);
    git(this.directory, 'init', '--quiet', '--initial-branch', 'main');
    if (files) this.commit(files, 'first');
  }

  write(files: Record<string, FileContent>): void {
    writeFiles(this.directory, files);
  }

  /** Commits these files on the branch at hand, and returns the commit. */
  commit(files: Record<string, FileContent>, message = 'more'): string {
    this.write(files);
    git(this.directory, 'add', '--all');
    git(this.directory, 'commit', '--quiet', '--allow-empty', '--message', message);
    return this.head();
  }

  head(): string {
    return git(this.directory, 'rev-parse', 'HEAD');
  }

  /** A clean clone of it at a commit, in a folder of its own. */
  clone(commit = this.head()): string {
    const directory = mkdtempSync(join(this.root, 'clone-'));
    git(this.root, 'clone', '--quiet', '--no-checkout', this.directory, directory);
    git(directory, 'checkout', '--quiet', commit);
    return directory;
  }

  /** A clean clone of it to which a patch was applied. */
  patched(patch: string, commit = this.head()): string {
    const directory = this.clone(commit);
    const file = join(this.root, 'the.patch');
    writeFileSync(file, patch);
    git(directory, 'apply', '--whitespace=nowarn', file);
    return directory;
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Writes files below a folder; a folder that is missing is made. */
export function writeFiles(directory: string, files: Record<string, FileContent>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(path, content);
    else if ('link' in content) symlinkSync(content.link, path);
    else {
      writeFileSync(path, content.content);
      chmodSync(path, content.mode);
    }
  }
}
