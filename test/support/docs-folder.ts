import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { acquireEmbeddedServer } from '../../src/embedded/embedded-server.ts';
import { removeDataDirectory, temporaryDataDirectory } from './embedded-server.ts';
import { project } from './markdown.ts';

/** How commands ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * A folder in which the commands of the documentation are run: below the repository, so that programs find its packages,
 * with its `docs`, a configured scripted model, and a data directory and a Temporal server of its own.
 */
export class DocsFolder implements AsyncDisposable {
  readonly directory: string;
  private readonly dataDirectory: string;
  private readonly resources: AsyncDisposableStack;

  private constructor(directory: string, dataDirectory: string, resources: AsyncDisposableStack) {
    this.directory = directory;
    this.dataDirectory = dataDirectory;
    this.resources = resources;
  }

  static async make(): Promise<DocsFolder> {
    await using making = new AsyncDisposableStack();
    await mkdir(join(project, '.cache'), { recursive: true });
    const directory = await mkdtemp(join(project, '.cache', 'docs-'));
    making.defer(() => rm(directory, { recursive: true, force: true }));
    const dataDirectory = await temporaryDataDirectory();
    making.defer(() => removeDataDirectory(dataDirectory));
    making.use(await acquireEmbeddedServer({ dataDirectory, ports: 'any' }));
    await writeFile(join(directory, 'config.yaml'), 'model: { name: scripted/documents }\n');
    await symlink(join(project, 'docs'), join(directory, 'docs'));
    await mkdir(join(directory, 'bin'));
    await writeCommand(join(directory, 'bin', 'rlm'), `"${process.execPath}" "${join(project, 'dist/cli.js')}"`);
    // What npx does in a clone, without the second that it takes.
    await writeCommand(join(directory, 'bin', 'npx'), '');
    return new DocsFolder(directory, dataDirectory, making.move());
  }

  async write(name: string, content: string): Promise<void> {
    await writeFile(join(this.directory, name), content);
  }

  /** Runs commands of a shell, which stops at the first that fails. */
  async run(commands: string): Promise<Ended> {
    const { PATH = '', HOME, TMPDIR, XDG_CACHE_HOME } = process.env;
    const path = [join(this.directory, 'bin'), join(project, 'node_modules', '.bin'), PATH].join(delimiter);
    const child = spawn('bash', ['-euo', 'pipefail', '-c', commands], {
      cwd: this.directory,
      env: { PATH: path, HOME, TMPDIR, XDG_CACHE_HOME, RLM_DATA_DIR: this.dataDirectory, RLM_SANDBOX: 'local' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { code, stdout, stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.resources.disposeAsync();
  }
}

async function writeCommand(path: string, command: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\nexec ${command} "$@"\n`);
  await chmod(path, 0o755);
}
