import { createHash } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UnfinishedFiles } from '../../unfinished-files.ts';

/** What is known of one local sandbox: enough to reach and to end it from any process of the same user. */
export const SandboxState = z.object({
  id: z.string(),
  labels: z.record(z.string(), z.string()),
  createdAt: z.iso.datetime(),
  socketPath: z.string(),
  token: z.string(),
  /** The first process of the sandbox, as the host sees it. */
  process: z.object({ pid: z.number().int().positive(), startTime: z.string() }),
  cgroups: z.array(z.string()),
});
export type SandboxState = z.infer<typeof SandboxState>;

/** The states of all local sandboxes as files, readable by their owner alone: they hold tokens. */
export class StateFiles {
  private readonly directory: string;
  private readonly unfinished: UnfinishedFiles;

  constructor(dataDirectory: string) {
    this.directory = join(dataDirectory, 'sandboxes');
    this.unfinished = new UnfinishedFiles(join(this.directory, 'unfinished'));
  }

  async read(id: string): Promise<SandboxState | null> {
    return this.parse(this.path(id));
  }

  /** Writes the state, unless there is one already: then false, and somebody else made that sandbox. */
  async writeNew(state: SandboxState): Promise<boolean> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const temporary = this.unfinished.newPath();
    await writeFile(temporary, JSON.stringify(state), { mode: 0o600 });
    try {
      await link(temporary, this.path(state.id));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Removes the state, unless the id belongs to another sandbox by now. */
  async remove({ id, socketPath }: SandboxState): Promise<void> {
    if ((await this.read(id))?.socketPath === socketPath) await rm(this.path(id), { force: true });
  }

  /** Removes what processes left that were killed while they wrote. */
  sweepUnfinished(): void {
    this.unfinished.sweep();
  }

  async list(): Promise<SandboxState[]> {
    const names = await readdir(this.directory).catch(() => []);
    const files = names.filter((name) => name.endsWith('.json')).map((name) => this.parse(join(this.directory, name)));
    return (await Promise.all(files)).filter((state) => state !== null);
  }

  private path(id: string): string {
    const readable = encodeURIComponent(id).replace(/^\.+/, '');
    const digest = createHash('sha256').update(id).digest('hex').slice(0, 16);
    return join(this.directory, readable.length > 0 && readable.length < 200 ? `${readable}.json` : `${digest}.json`);
  }

  private async parse(path: string): Promise<SandboxState | null> {
    const text = await readFile(path, 'utf8').catch(() => null);
    if (text === null) return null;
    const parsed = SandboxState.safeParse(parseJson(text));
    // A file of another version describes nothing that could be reached.
    return parsed.success ? parsed.data : null;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
