import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { commandScripts } from '../fixtures/scripts/command.ts';
import { removeDataDirectory } from './embedded-server.ts';
import { until } from './until.ts';

const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const terminalProgram = fileURLToPath(new URL('./terminal.py', import.meta.url));
const scriptsModule = new URL('../fixtures/scripts/command.ts', import.meta.url).href;

/** What a command does on a busy machine takes its time: a server is started, a dead worker's work is taken over. */
const patienceMs = 45_000;

/** How a command ended. */
export interface CommandResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A command that runs. */
export interface RunningCommand {
  child: ChildProcess;
  ended: Promise<CommandResult>;
  /** Resolves when standard error has said this. */
  said(text: string): Promise<void>;
}

/** A folder with scripts, a data directory and an embedded server of its own, in which the built `rlm` is run. */
export class RlmFolder implements AsyncDisposable {
  readonly directory: string;
  readonly dataDirectory: string;
  private readonly children = new Set<ChildProcess>();

  private constructor(directory: string) {
    this.directory = directory;
    this.dataDirectory = join(directory, 'data');
  }

  static async make(): Promise<RlmFolder> {
    const directory = await mkdtemp(join(tmpdir(), 'rlm-command-'));
    await mkdir(join(directory, 'scripts'));
    for (const name of Object.keys(commandScripts)) {
      const source = `import { stripVTControlCharacters } from 'node:util';
import { commandScripts } from ${JSON.stringify(scriptsModule)};\nexport default { name: '${name}', ...commandScripts.${name} };\n`;
      await writeFile(join(directory, 'scripts', `${name}.ts`), source);
    }
    const scripts = Object.keys(commandScripts).map((name) => `    ${name}: ./scripts/${name}.ts\n`);
    await writeFile(join(directory, 'config.yaml'), `scripted:\n  scripts:\n${scripts.join('')}`);
    return new RlmFolder(directory);
  }

  path(...parts: string[]): string {
    return join(this.directory, ...parts);
  }

  async json(...parts: string[]): Promise<unknown> {
    return JSON.parse(await readFile(this.path(...parts), 'utf8'));
  }

  /** Runs a command to its end. */
  async rlm(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
    return this.start(args, environment).ended;
  }

  /**
   * Runs a command on a terminal, and types each text when the screen shows what it is for. A number makes the terminal
   * so many columns wide, and the screen then says "[resized]".
   */
  async onTerminal(args: readonly string[], steps: readonly (readonly [shown: string, typed: string | number])[]) {
    const { stdout, ...ended } = await this.spawn('python3', [
      ...[terminalProgram, JSON.stringify(steps), process.execPath, program],
      ...args,
    ]).ended;
    return { ...ended, screen: stripVTControlCharacters(stdout) };
  }

  /** Starts a command. Nothing of this process's own keys and settings reaches it. */
  start(args: readonly string[], environment: NodeJS.ProcessEnv = {}): RunningCommand {
    return this.spawn(process.execPath, [program, ...args], environment);
  }

  private spawn(file: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): RunningCommand {
    const { PATH, HOME, TMPDIR, XDG_CACHE_HOME } = process.env;
    const child = spawn(file, args, {
      cwd: this.directory,
      env: {
        PATH,
        HOME,
        TMPDIR,
        XDG_CACHE_HOME,
        RLM_DATA_DIR: this.dataDirectory,
        RLM_SANDBOX: 'local',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.children.add(child);
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    const ended = once(child, 'close').then(([code, signal]): CommandResult => {
      this.children.delete(child);
      return { code, signal, ...output };
    });
    const said = async (text: string) => {
      await until(() => {
        if (output.stderr.includes(text)) return true;
        if (child.exitCode !== null) throw new Error(`it ended without saying "${text}":\n${output.stderr}`);
        return false;
      }, patienceMs);
    };
    return { child, ended, said };
  }

  /** The processes that this folder's commands left running, by their command lines. */
  async processes(): Promise<string[]> {
    const found: string[] = [];
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid))) {
      const [command, environment] = await Promise.all([readProcess(pid, 'cmdline'), readProcess(pid, 'environ')]);
      if (`${command}${environment}`.includes(this.directory)) found.push(`${pid} ${command.replaceAll('\0', ' ')}`);
    }
    return found;
  }

  /** Waits until nothing of this folder runs any more. */
  async becomesQuiet(): Promise<void> {
    await until(async () => (await this.processes()).length === 0, patienceMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.children) child.kill('SIGKILL');
    await removeDataDirectory(this.dataDirectory);
    await removeDataDirectory(this.directory);
  }
}

async function readProcess(pid: string, file: string): Promise<string> {
  return readFile(join('/proc', pid, file), 'utf8').catch(() => ''); // It has ended, or is another user's.
}
