import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type Content = string | Buffer;

const person = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@localhost',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@localhost',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

/** A clone with the objects of another repository, and what is done to it. */
export class Clone {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  git(...parameters: string[]): string {
    return execFileSync('git', ['-C', this.root, ...parameters], {
      env: { ...process.env, ...person },
      maxBuffer: 2 ** 28,
      encoding: 'latin1',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  }

  at(name: string): string {
    return join(this.root, name);
  }

  write(files: Record<string, Content>): this {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(this.at(name)), { recursive: true });
      writeFileSync(this.at(name), content);
    }
    return this;
  }

  read(name: string): string {
    return readFileSync(this.at(name), 'latin1');
  }

  commit(): this {
    this.git('add', '-A');
    this.git('commit', '-qm', 'x');
    return this;
  }

  /** What a sub-agent hands back: a patch relative to the commit, as latin1 text. */
  patch(): string {
    this.git('add', '-A');
    return this.git('diff', '--cached', '--binary', '--full-index', '-M', 'HEAD');
  }

  /** A clone at that path, with the objects of this one. */
  clone(root: string): Clone {
    execFileSync('git', ['clone', '-q', '--shared', this.root, root], { env: { ...process.env, ...person } });
    return new Clone(root);
  }

  /** Everything that an operation that failed must leave alone. */
  state(): unknown {
    const names = this.git('ls-files', '-z', '--cached', '--others').split('\0').sort();
    const there = names.filter((name) => existsSync(this.at(name)) && lstatSync(this.at(name)).isFile());
    const contents = there.map((name) => [name, this.read(name), statSync(this.at(name)).mode]);
    return [
      contents,
      readFileSync(this.at('.git/index'), 'latin1'),
      readdirSync(this.at('.git')).sort(),
      this.folders(),
    ];
  }

  private folders(): string[] {
    const names = readdirSync(this.root, { recursive: true, encoding: 'utf8' });
    return names.filter((name) => !name.startsWith('.git') && lstatSync(this.at(name)).isDirectory()).sort();
  }
}

/** A repository at that path, without a commit. */
export function newRepository(root: string, ...options: string[]): Clone {
  execFileSync('git', ['init', '-q', ...options, root], { env: { ...process.env, ...person } });
  return new Clone(root);
}
