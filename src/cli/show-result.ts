import { statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { RunDocument } from '../results/run-document.ts';
import { exitCodeOf } from './exit-codes.ts';
import { say, writeResult } from './output.ts';
import { jsonText, resultOf, resultText } from './result-text.ts';
import { checkFolderOf, writeResults } from './results-files.ts';
import { endingOf, statisticsLines } from './statistics.ts';

export interface ResultOptions {
  json?: boolean;
  output?: string;
  quiet?: boolean;
  verbose?: boolean;
  /** What the result is: the outputs, or the patch. Default: of a task on a repository the patch, else the outputs. */
  result?: 'output' | 'patch';
}

/** Adds the options by which a command shows a run and its result. */
export function withResult(command: Command): Command {
  return command
    .option('--json', 'print the whole results as JSON')
    .option('-o, --output <file>', 'write what is printed to a file too')
    .option('--verbose', 'show the code, output and errors of every iteration')
    .option('--quiet', 'show nothing but the result');
}

/** Throws `UsageError` where the result could not be written later. */
export function checkResultOptions({ output, quiet, verbose }: ResultOptions): void {
  if (quiet && verbose) throw new UsageError('--quiet and --verbose exclude each other');
  if (output === undefined) return;
  checkFolderOf(output);
  if (statSync(output, { throwIfNoEntry: false })?.isDirectory()) throw new UsageError(`-o ${output}: it is a folder`);
}

/** Writes, prints and sums up the results of a run that has ended. Returns the exit code. */
export async function showResult(document: RunDocument, options: ResultOptions, webUi: string | null): Promise<number> {
  const path = await tryToWrite(() => writeResults('.', document), 'results');
  if ((options.result ?? resultOf(document)) === 'patch') await showPatch(document, options);
  else await showOutput(document, options);
  const resultsPath = path === null ? null : relative('.', path);
  if (!options.quiet) say(...statisticsLines(document, { resultsPath, webUi }));
  if (document.status !== 'completed') say(`rlm: run ${document.runId} ${endingOf(document)}`);
  return exitCodeOf(document);
}

async function showOutput(document: RunDocument, { json, output }: ResultOptions): Promise<void> {
  const text = json ? jsonText(document) : resultText(document);
  if (text === null) return;
  if (output !== undefined) await tryToWrite(() => writeFile(output, text), output);
  await writeResult(text);
}

/** The patch goes to its file, or else to standard output; the answer, which says what was done, to whoever watches. */
async function showPatch(document: RunDocument, { json, output, quiet }: ResultOptions): Promise<void> {
  const { patch, runId } = document;
  const answer = resultText(document);
  if (answer !== null && !quiet) say('', answer.trimEnd(), '');
  if (json) await writeResult(jsonText(document));
  if (patch === undefined) {
    say(`rlm: run ${runId} changed nothing: there is no patch`);
    return;
  }
  const written =
    output === undefined ? null : await tryToWrite(() => writeFile(output, patch).then(() => output), output);
  if (written === null && !json) await writeResult(patch);
}

/** The answer is worth more than a file that cannot be written. */
async function tryToWrite<T>(write: () => Promise<T>, what: string): Promise<T | null> {
  try {
    return await write();
  } catch (error) {
    say(`rlm: cannot write ${what}: ${(error as Error).message}`);
    return null;
  }
}
