import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { UsageError } from '../errors.ts';
import { defineCancel } from './cancel.ts';
import { defineDev } from './dev.ts';
import { defineDoctor } from './doctor.ts';
import { exitCodes } from './exit-codes.ts';
import { defineList } from './list.ts';
import { say } from './output.ts';
import { onOneLine } from './printable.ts';
import { defineResult } from './result.ts';
import { defineRun } from './run.ts';
import { defineShow } from './show.ts';
import { defineWatch } from './watch.ts';
import { defineWorker } from './worker.ts';

const commands = [
  defineRun,
  defineWatch,
  defineResult,
  defineList,
  defineShow,
  defineCancel,
  defineDev,
  defineWorker,
  defineDoctor,
];

/** Carries out a command line. Returns the exit code; what went wrong has been said by then. */
export async function main(argv: readonly string[]): Promise<number> {
  let code: number = exitCodes.submitted;
  const program = new Command('rlm')
    .version(packageVersion())
    .description('Recursive language model agents as durable Temporal workflows')
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  for (const define of commands) {
    define(program, (end) => {
      code = end;
    });
  }
  if (argv.length === 0) {
    say(program.helpInformation().trimEnd());
    return exitCodes.usage;
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    return explain(error);
  }
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.submitted;
    say(`rlm: ${onOneLine(error.message.replace(/^error: /, ''), 1_000)}; see rlm --help`);
    return exitCodes.usage;
  }
  if (error instanceof UsageError) {
    say(`rlm: ${onOneLine(error.message, 5_000)}`);
    return exitCodes.usage;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  say(`rlm: internal error: ${onOneLine(message, 5_000)}`);
  if (process.env.RLM_DEBUG === '1' && stack) say(stack);
  return exitCodes.failed;
}
