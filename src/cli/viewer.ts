import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { RlmConnection } from '../connection.ts';
import { UsageError } from '../errors.ts';
import type { ViewerSource } from '../viewer/api.ts';
import { isLoopback } from '../viewer/request-guard.ts';
import { PortTaken, type RunningViewer, startViewer, type ViewerOptions } from '../viewer/viewer-server.ts';
import { connectWithNotices } from './connect-with-notices.ts';
import { Interruptions } from './interruptions.ts';
import { say } from './output.ts';
import { readResults } from './results-files.ts';
import { type SettingsOptions, settingsOf, withSettings } from './settings-options.ts';

interface ViewerCommandOptions extends SettingsOptions {
  port: string;
  host: string;
  token?: string;
}

/** `rlm viewer`: runs in the browser. */
export function defineViewer(program: Command, end: (code: number) => void): void {
  const command = program
    .command('viewer')
    .description('see runs in the browser, or the results in a file; until Ctrl-C')
    .argument('[file]', 'a results file such as results/RUN_ID.json, shown without Temporal')
    .option('--port <number>', 'the port; 0 takes any', '8000')
    .option(
      '--host <address>',
      'the address to listen at; others than this machine reach it with a token only',
      '127.0.0.1',
    )
    .option('--token <text>', 'what visitors must know; where others reach the viewer, one is made up');
  withSettings(command).action(async (file: string | undefined, options: ViewerCommandOptions) => {
    await view(file, options);
    end(0);
  });
}

async function view(file: string | undefined, options: ViewerCommandOptions): Promise<void> {
  const viewing = viewerOptions(options);
  if (file !== undefined) {
    await using viewer = await startViewer({ document: await readResults(file) }, viewing);
    return await untilTold(viewer);
  }
  await using connection = await connectWithNotices(settingsOf(options));
  await using viewer = await startViewer(viewerSource(connection), viewing);
  await untilTold(viewer);
}

async function untilTold({ url }: RunningViewer): Promise<void> {
  using interruptions = new Interruptions();
  say(`viewer     ${url}`, 'Ctrl-C ends it');
  await interruptions.next();
}

/** The viewer beside a worker: at the port that was asked for, else at its usual one, or any where that is taken. */
export async function startDevViewer(connection: RlmConnection, port: string | undefined): Promise<RunningViewer> {
  const source = viewerSource(connection);
  if (port !== undefined) return await startViewer(source, { port: checkedPort(port) });
  try {
    return await startViewer(source);
  } catch (error) {
    if (!(error instanceof PortTaken)) throw error;
    return await startViewer(source, { port: 0 });
  }
}

function checkedPort(port: string): number {
  const number = Number(port);
  if (/^\d+$/.test(port) && number <= 65_535) return number;
  throw new UsageError(`--port is "${port}"; it must be a number up to 65535`);
}

function viewerOptions({ port, host, token }: ViewerCommandOptions): ViewerOptions {
  if (token !== undefined && token.length < 16)
    throw new UsageError('--token is too easy to guess: give 16 characters or more');
  return {
    port: checkedPort(port),
    host,
    token: token ?? (isLoopback(host) ? null : randomBytes(24).toString('base64url')),
  };
}

/** The runs that a connection reaches, for the viewer. */
function viewerSource({ client, store, uiUrl, settings }: RlmConnection): ViewerSource {
  return { client, store, uiUrl, settings };
}
