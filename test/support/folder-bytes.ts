import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** How many bytes the files of a folder have; 0 where there is none. */
export function folderBytes(directory: string): number {
  if (!existsSync(directory)) return 0;
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
