import { linkSync, renameSync, rmdirSync, rmSync, statSync, unlinkSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { unfinishedEnding } from '../unfinished-files.ts';
import type { Amount } from './store.ts';

/** Ends the names of files that are being removed. */
const removing = '.removed';

/** Whether a file is no artifact, but one that somebody was writing or removing. */
export function isUnfinished(name: string): boolean {
  return name.endsWith(unfinishedEnding) || name.endsWith(removing);
}

export interface FoundFile {
  /** Its path's parts below the directory. */
  parts: string[];
  bytes: number;
  /** Milliseconds since the epoch. */
  changedAt: number;
}

/** All files below a directory, in no order; those that go meanwhile are left out, and so is a directory that is not. */
export async function* filesBelow(directory: string): AsyncGenerator<FoundFile> {
  for await (const path of pathsBelow(directory)) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found) yield { parts: relative(directory, path).split(sep), bytes: found.size, changedAt: found.mtimeMs };
  }
}

async function* pathsBelow(directory: string): AsyncGenerator<string> {
  try {
    for await (const entry of await opendir(directory)) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) yield* pathsBelow(path);
      else yield path;
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/**
 * Removes a file, unless it changed after that time (milliseconds since the epoch). Returns whether it is gone.
 *
 * It is first set aside and then looked at: whoever renews it before that is seen, and whoever comes later finds it gone
 * and writes it anew.
 */
export function removeUnlessChanged(path: string, after: number): boolean {
  const aside = `${path}${removing}`;
  try {
    renameSync(path, aside);
    if (statSync(aside).mtimeMs > after) {
      takeBack(path);
      return false;
    }
    unlinkSync(aside);
    return true;
  } catch (error) {
    // Somebody else removed it, or took it back because it is read.
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Puts a file back that was set aside to be removed; returns whether there is one at its place then. */
export function takeBack(path: string): boolean {
  const aside = `${path}${removing}`;
  try {
    // Unlike renaming, this does not replace one that was written meanwhile.
    linkSync(aside, path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return statSync(path, { throwIfNoEntry: false }) !== undefined;
    if (codeOf(error) !== 'EEXIST') {
      renameSync(aside, path); // A file system without links.
      return true;
    }
  }
  rmSync(aside, { force: true });
  return true;
}

/** Removes what dead writers left before that time, and takes back what was being removed by somebody who died. */
export async function removeUnfinished(directory: string, before: number): Promise<Amount> {
  const removed: Amount = { count: 0, bytes: 0 };
  for await (const { parts, bytes, changedAt } of filesBelow(directory)) {
    const path = join(directory, ...parts);
    if (path.endsWith(removing)) takeBack(path.slice(0, -removing.length));
    if (!path.endsWith(unfinishedEnding) || changedAt > before) continue;
    rmSync(path, { force: true });
    removed.count += 1;
    removed.bytes += bytes;
  }
  return removed;
}

/** Removes the directories above a path that nothing is in any more, up to the top one. */
export function removeEmptyAbove(path: string, top: string): true {
  try {
    for (let at = dirname(path); at.startsWith(`${top}${sep}`); at = dirname(at)) rmdirSync(at);
  } catch {
    // Something is in it, or somebody else removed it.
  }
  return true;
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
