import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { acquireProcessLock } from '../embedded/process-lock.ts';
import { UsageError } from '../errors.ts';
import { RunDocument } from '../results/run-document.ts';
import { unfinishedEnding } from '../unfinished-files.ts';
import { jsonText } from './result-text.ts';

/** One run in `results/index.json`. */
const IndexEntry = z.looseObject({ runId: z.string(), startedAt: z.string() });
type IndexEntry = z.infer<typeof IndexEntry>;

/** Throws {@link UsageError} where a file that `-o` names could not be written for want of its folder. */
export function checkFolderOf(output: string): void {
  if (existsSync(dirname(resolve(output)))) return;
  throw new UsageError(`-o ${output}: there is no folder ${dirname(output)}`);
}

/** Writes a file whole or not at all: a reader sees the old content or the new. */
export async function writeAtomically(path: string, content: string): Promise<void> {
  const temporary = join(dirname(path), `.${randomUUID()}${unfinishedEnding}`);
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Writes `results/RUN_ID.json` below a folder and adds the run to `results/index.json`, newest first. Returns the path
 * of the results. Safe while other processes do the same.
 */
export async function writeResults(folder: string, document: RunDocument): Promise<string> {
  const directory = resolve(folder, 'results');
  const path = join(directory, `${document.runId}.json`);
  await mkdir(directory, { recursive: true });
  await writeAtomically(path, jsonText(document));
  const lock = await acquireProcessLock(join(directory, '.lock'));
  try {
    const index = join(directory, 'index.json');
    const others = (await readIndex(index)).filter((entry) => entry.runId !== document.runId);
    const entries = [entryOf(document), ...others].sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt));
    await writeAtomically(index, jsonText(entries));
  } finally {
    lock.release();
  }
  return path;
}

/** Reads a results file. Throws {@link UsageError} where it is none. */
export async function readResults(path: string): Promise<RunDocument> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}`);
  }
  try {
    return RunDocument.parse(JSON.parse(text));
  } catch {
    throw new UsageError(`${path} is not the results of a run; they are in files such as results/RUN_ID.json`);
  }
}

function entryOf({ runId, status, finish, startedAt, durationMs, model, scripted, usage, root }: RunDocument) {
  const { costUsd, agents } = usage;
  const file = `${runId}.json`;
  return { runId, file, status, finish, startedAt, durationMs, model, scripted, costUsd, agents, task: root.task };
}

async function readIndex(path: string): Promise<IndexEntry[]> {
  try {
    return IndexEntry.array().parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return []; // There is none, or somebody else's: each run's own file still has everything.
  }
}
