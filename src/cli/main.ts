import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { ArtifactMissing } from '../artifacts/store.ts';
import { UsageError } from '../errors.ts';
import { exitCodes } from './exit-codes.ts';
import { checkNodeVersion } from './node-version.ts';
import { say } from './output.ts';
import { onOneLine } from './printable.ts';

type Define = (program: Command, end: (code: number) => void) => void;

/** The commands, loaded when they are needed: what one of them is made of takes others a second to load. */
const commands: Readonly<Record<string, () => Promise<Define>>> = {
  run: async () => (await import('./run.ts')).defineRun,
  repo: async () => (await import('./repo.ts')).defineRepo,
  watch: async () => (await import('./watch.ts')).defineWatch,
  result: async () => (await import('./result.ts')).defineResult,
  list: async () => (await import('./list.ts')).defineList,
  show: async () => (await import('./show.ts')).defineShow,
  cancel: async () => (await import('./cancel.ts')).defineCancel,
  fork: async () => (await import('./fork.ts')).defineFork,
  retry: async () => (await import('./retry.ts')).defineRetry,
  pause: async () => (await import('./pause.ts')).definePause,
  resume: async () => (await import('./resume.ts')).defineResume,
  tell: async () => (await import('./tell.ts')).defineTell,
  sandboxes: async () => (await import('./sandboxes.ts')).defineSandboxes,
  gc: async () => (await import('./gc.ts')).defineGc,
  viewer: async () => (await import('./viewer.ts')).defineViewer,
  export: async () => (await import('./export.ts')).defineExport,
  dev: async () => (await import('./dev.ts')).defineDev,
  worker: async () => (await import('./worker.ts')).defineWorker,
  doctor: async () => (await import('./doctor.ts')).defineDoctor,
};

/** Carries out a command line. Returns the exit code; what went wrong has been said by then. */
export async function main(argv: readonly string[]): Promise<number> {
  let code: number = exitCodes.submitted;
  const program = new Command('rlm')
    .version(packageVersion())
    .description('Recursive language model agents as durable Temporal workflows')
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  try {
    checkNodeVersion(process.version);
  } catch (error) {
    return explain(error);
  }
  for (const load of commandsFor(argv[0])) {
    const define = await load();
    define(program, (end) => {
      code = end;
    });
  }
  if (argv.length === 0) {
    say(program.helpInformation().trimEnd());
    return exitCodes.usage;
  }
  try {
    await program.parseAsync(argv.map(withoutDash), { from: 'user' });
    return code;
  } catch (error) {
    return explain(error);
  }
}

/** A signature without inputs begins as an option does. */
function withoutDash(argument: string): string {
  return argument.startsWith('->') ? ` ${argument}` : argument;
}

/** The one that is named; else all, for help and for suggestions. */
function commandsFor(name = ''): (() => Promise<Define>)[] {
  const named = Object.hasOwn(commands, name) ? commands[name] : undefined;
  return named ? [named] : Object.values(commands);
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
  if (error instanceof UsageError || error instanceof ArtifactMissing) {
    say(`rlm: ${onOneLine(error.message, 5_000)}`);
    return error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  say(`rlm: internal error: ${onOneLine(message, 5_000)}`);
  if (process.env.RLM_DEBUG === '1' && stack) say(stack);
  return exitCodes.failed;
}
