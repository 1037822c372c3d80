import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { lstat, mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxRefused } from '../../errors.ts';

/** A private directory with a short path: the path of a unix socket has at most 107 bytes. */
export class SocketDirectory {
  private readonly directory: string;

  constructor(dataDirectory: string) {
    const user = process.getuid?.() ?? 0;
    const digest = createHash('sha256').update(dataDirectory).digest('hex').slice(0, 12);
    const base = tmpdir().length < 40 ? tmpdir() : '/tmp';
    this.directory = join(base, `rlm-${user}-${digest}`);
  }

  /** Where the socket of that name belongs; the directory exists by then. */
  async path(name: string): Promise<string> {
    await this.prepare();
    return join(this.directory, `${name}.sock`);
  }

  async remove(path: string): Promise<void> {
    await rm(path, { force: true });
  }

  /** Removes the sockets of sandboxes that nobody knows of: they ended while they were being made. */
  async sweep(known: readonly string[]): Promise<void> {
    const names = await readdir(this.directory).catch(() => []);
    await Promise.all(
      names.map(async (name) => {
        const path = join(this.directory, name);
        if (!known.includes(path) && !(await isServed(path))) await this.remove(path);
      }),
    );
  }

  /** Removes the directory if no sandbox is left in it. */
  async removeIfEmpty(): Promise<void> {
    // Not there, or not empty: as it should be.
    await rmdir(this.directory).catch(() => {});
  }

  private async prepare(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const found = await lstat(this.directory);
    // In a directory that everybody writes to, somebody else may have been there first.
    if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0) {
      throw new SandboxRefused(
        `${this.directory} belongs to somebody else or is open to others; remove it, or set TMPDIR`,
      );
    }
  }
}

/** Longer than the moment between the making of a socket and its listening, in milliseconds. */
const youngMs = 1_000;

/** Whether somebody listens at a socket, or may be about to. */
async function isServed(path: string): Promise<boolean> {
  const made = await lstat(path).catch(() => null);
  if (made === null || Date.now() - made.ctimeMs < youngMs) return true;
  const socket = connect({ path });
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED';
  } finally {
    socket.destroy();
  }
}
