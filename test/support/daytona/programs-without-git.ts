import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

const programs = '/usr/bin';

/** Fills a folder with links to this computer's programs, git left out: a `PATH` for sandboxes that have none. */
export async function linkProgramsWithoutGit(directory: string): Promise<void> {
  await mkdir(directory);
  const names = (await readdir(programs)).filter((name) => !/^git\b/.test(name));
  await Promise.all(names.map((name) => symlink(join(programs, name), join(directory, name))));
}
