import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** A text of a package. */
export interface PackageDocument {
  package: string;
  file: string;
  text: string;
}

/** Reads the licence and readme files of the packages in a `node_modules` folder. */
export function readDocuments(folder: string): PackageDocument[] {
  return globSync('{*,@*/*}/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(licen[cs]e|copying|readme)/i.test(entry.name))
    .map(({ parentPath, name }) => ({
      package: relative(folder, parentPath),
      file: name,
      text: readFileSync(join(parentPath, name), 'utf8'),
    }))
    .sort((a, b) => (a.package < b.package ? -1 : 1));
}
