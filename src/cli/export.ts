import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { RunHandle } from '../client/run-handle.ts';
import { UsageError } from '../errors.ts';
import type { RunDocument } from '../results/run-document.ts';
import { exportPage } from '../viewer/export-page.ts';
import { readPage } from '../viewer/page-files.ts';
import { connectWithNotices } from './connect-with-notices.ts';
import { describeAgent } from './describe-agent.ts';
import { say } from './output.ts';
import { checkFolderOf, readResults, writeAtomically } from './results-files.ts';
import { type SettingsOptions, settingsOf, withSettings } from './settings-options.ts';

interface ExportOptions extends SettingsOptions {
  html?: boolean;
  output?: string;
}

/** `rlm export`: a run as one file that needs no server. */
export function defineExport(program: Command, end: (code: number) => void): void {
  const command = program
    .command('export')
    .description('write a run that has ended as one HTML file, to look at or send to someone')
    .argument('<run>', 'the id of a run, or a results file such as results/RUN_ID.json')
    .option('--html', 'as HTML, which is what there is')
    .option('-o, --output <file>', 'where to write it (default: RUN_ID.html)');
  withSettings(command).action(async (run: string, options: ExportOptions) => {
    await exportRun(run, options);
    end(0);
  });
}

async function exportRun(run: string, options: ExportOptions): Promise<void> {
  const { output } = options;
  if (output !== undefined) checkFolderOf(output);
  const page = readPage();
  const document = existsSync(run) ? await readResults(run) : await resultsOf(run, options);
  const file = output ?? `${document.runId}.html`;
  await writeAtomically(resolve(file), exportPage(page, document));
  say(`wrote ${file}`);
}

async function resultsOf(runId: string, options: ExportOptions): Promise<RunDocument> {
  await using connection = await connectWithNotices(settingsOf(options));
  const description = await describeAgent(connection, runId);
  if (description?.status.name === 'RUNNING') {
    throw new UsageError(`run ${runId} goes on; export it when it has ended`);
  }
  return await new RunHandle(connection.client, connection.store, runId).document();
}
