import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import type { CloneWorkspace, PatchMade, WorkspaceCloned } from '../../src/repl/protocol.ts';
import { sourceFolders } from '../../src/repl/sources.ts';
import { type FileContent, GitRepository, git } from './git-repository.ts';

const sources = sourceFolders.join(delimiter);

/** What is on the PATH may be a script that takes longer to find Python than a job takes. */
const python = process.env.RLM_PYTHON ?? ['/usr/bin/python3'].find((path) => existsSync(path)) ?? 'python3';

// Repositories of tests need no sample hooks, and need not outlive a power cut.
process.env.GIT_TEMPLATE_DIR = '';
process.env.GIT_TEST_FSYNC = 'false';

/** Who runs the job: root may read what others may not. */
export interface Runner {
  environment?: NodeJS.ProcessEnv;
  user?: number;
  /** A command that runs the command which follows it. */
  within?: string[];
}

/** Runs one of the workspace's jobs in a Python process of its own, as the broker would. */
export function runJob<Result>(
  job: string,
  specification: object,
  { environment, user, within = [] }: Runner = {},
): Result {
  const [module] = job.split('.');
  const program = `import json, sys, ${module}\nprint(json.dumps(${job}(json.load(sys.stdin))))`;
  const [command = python, ...rest] = [...within, python, '-s', '-S', '-B', '-c', program];
  const printed = execFileSync(command, rest, {
    env: { ...process.env, ...environment, PYTHONPATH: sources },
    input: JSON.stringify(specification),
    encoding: 'utf8',
    ...(user === undefined ? {} : { uid: user, gid: user }),
  });
  return JSON.parse(printed);
}

/** A repository, and the workspace that is cloned from it; both go with it. */
export class WorkspaceJobs implements Disposable {
  readonly repository: GitRepository;
  /** The git directory that the workspace shares the objects of. */
  readonly source: string;
  readonly directory: string;
  readonly state: string;
  readonly commit: string;
  runner: Runner = {};

  /** `prepare` writes what names and contents alone cannot say; it is part of the first commit. */
  constructor(files: Record<string, FileContent>, prepare: (directory: string) => void = () => {}) {
    this.repository = new GitRepository(null);
    prepare(this.repository.directory);
    this.commit = this.repository.commit(files);
    this.source = join(this.repository.directory, '.git');
    this.directory = join(this.repository.root, 'workspace');
    this.state = join(this.repository.root, 'state');
    mkdirSync(this.directory);
    mkdirSync(this.state);
  }

  clone(changes: Partial<CloneWorkspace> = {}): WorkspaceCloned {
    const specification = {
      source: this.source,
      directory: this.directory,
      state: this.state,
      origin: 'https://example.org/project.git',
      branch: 'main',
      commit: this.commit,
      ...changes,
    };
    return runJob('workspace_clone.clone', specification, this.runner);
  }

  takePatch(changes: { largest?: number; commit?: string; objects?: string } = {}): PatchMade {
    const specification = {
      directory: this.directory,
      state: this.state,
      objects: join(this.source, 'objects'),
      commit: this.commit,
      ...changes,
    };
    return runJob('workspace_patch.make_patch', specification, this.runner);
  }

  /** The patch that was taken; fails where it is not UTF-8, or holds NUL. */
  patch(): string {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.patchBytes());
    if (text.includes('\0')) throw new Error('the patch holds NUL');
    return text;
  }

  patchBytes(): Buffer {
    return readFileSync(join(this.state, 'patch'));
  }

  git(...given: string[]): string {
    return git(this.directory, ...given);
  }

  /** A clean clone to which the patch was applied with `git apply`. */
  applied(...options: string[]): string {
    const directory = mkdtempSync(join(this.repository.root, 'clean-'));
    git(directory, 'clone', '--quiet', '--shared', this.source, '.');
    const patch = join(this.repository.root, 'applied.patch');
    writeFileSync(patch, this.patchBytes());
    if (this.patchBytes().length > 0) git(directory, 'apply', '--whitespace=nowarn', ...options, patch);
    return directory;
  }

  /** Hands everything to another user, who then runs the jobs. Links are handed over themselves, never what they lead to. */
  handTo(user: number): void {
    const visit = (path: string) => {
      lchownSync(path, user, user);
      if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) visit(join(path, name));
    };
    visit(this.repository.root);
    this.runner = { user };
  }

  [Symbol.dispose](): void {
    rmSync(this.repository.root, { recursive: true, force: true });
  }
}

/** Every file and link below a folder as git sees them, but for repositories' own data: path (latin1) to a description. */
export function filesBelow(directory: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (folder: Buffer, prefix: string) => {
    for (const name of readdirSync(folder, { encoding: 'buffer' })) {
      if (name.equals(Buffer.from('.git'))) continue;
      const path = Buffer.concat([folder, Buffer.from('/'), name]);
      const shown = prefix + name.toString('latin1');
      const status = lstatSync(path);
      if (status.isDirectory()) visit(path, `${shown}/`);
      else if (status.isSymbolicLink())
        found[shown] = `link ${readlinkSync(path, { encoding: 'buffer' }).toString('latin1')}`;
      else if (status.isFile()) {
        found[shown] = `${status.mode & 0o100 ? 'program' : 'file'} ${readFileSync(path).toString('latin1')}`;
      }
    }
  };
  visit(Buffer.from(directory), '');
  return found;
}
