import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The folders of one sandbox on this computer. */
export interface MachineFolders {
  /** Its `/`; this computer's programs come on top of it. */
  root: string;
  /** The sockets between it and the control plane. */
  run: string;
}

export const places = { home: '/home/daytona', temporary: '/tmp' } as const;

export function foldersOf(directory: string): MachineFolders {
  return { root: join(directory, 'root'), run: join(directory, 'run') };
}

/** Makes what is missing. What an earlier start left in its root stays, but for what every start puts there. */
export async function prepareFolders(directory: string, hostname: string, links: string[]): Promise<MachineFolders> {
  const folders = foldersOf(directory);
  const etc = join(folders.root, 'etc');
  await rm(folders.run, { recursive: true, force: true });
  await Promise.all([
    mkdir(join(folders.run, 'sessions'), { recursive: true }),
    mkdir(join(folders.root, places.home), { recursive: true }),
    mkdir(join(folders.root, places.temporary), { recursive: true }),
    mkdir(etc, { recursive: true }),
    ...links.map((link) => rm(join(folders.root, link), { force: true })),
  ]);
  await Promise.all([
    chmod(join(folders.root, places.temporary), 0o1777),
    writeFile(join(etc, 'passwd'), `daytona:x:1000:1000::${places.home}:/bin/bash\n`),
    writeFile(join(etc, 'group'), 'daytona:x:1000:\n'),
    writeFile(join(etc, 'hosts'), `127.0.0.1 localhost ${hostname}\n::1 localhost\n`),
  ]);
  return folders;
}
