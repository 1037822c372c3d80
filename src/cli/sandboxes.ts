import type { Command } from 'commander';
import type { Settings } from '../config/settings.ts';
import type { SandboxInformation } from '../sandbox/provider.ts';
import { agentOf, runOf } from '../sweeper/orphans.ts';
import { type SweepReport, sweep } from '../sweeper/sweep.ts';
import { connectWithNotices } from './connect-with-notices.ts';
import { exitCodes } from './exit-codes.ts';
import { formatCounted, formatDuration } from './format-quantities.ts';
import { say, writeResult } from './output.ts';
import { onOneLine } from './printable.ts';
import { jsonText } from './result-text.ts';
import { type SettingsOptions, settingsOf, withSettings } from './settings-options.ts';
import { tableLines } from './table.ts';

interface SandboxesOptions extends SettingsOptions {
  sweep?: boolean;
  json?: boolean;
}

/** `rlm sandboxes`: what sandboxes there are, and the end of those that nobody needs. */
export function defineSandboxes(program: Command, end: (code: number) => void): void {
  const command = program
    .command('sandboxes')
    .description('the sandboxes: state, age, run, agent')
    .option('--sweep', 'delete those whose agents have ended, or are unknown to Temporal')
    .option('--json', 'print JSON');
  withSettings(command).action(async (options: SandboxesOptions) => {
    const settings = settingsOf(options);
    end(options.sweep ? await sweepSandboxes(settings, options) : await listSandboxes(settings, options));
  });
}

async function listSandboxes(settings: Settings, { json }: SandboxesOptions): Promise<number> {
  await using provider = await providerOf(settings);
  const sandboxes = await provider.list();
  sandboxes.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  const now = Date.now();
  if (json) await writeResult(jsonText(sandboxes.map(documentOf)));
  else if (sandboxes.length === 0) say('there are no sandboxes');
  else {
    const rows = sandboxes.map((sandbox) => rowOf(sandbox, now));
    await writeResult(`${tableLines(['SANDBOX', 'STATE', 'AGE', 'RUN', 'AGENT'], rows).join('\n')}\n`);
  }
  return exitCodes.submitted;
}

async function sweepSandboxes(settings: Settings, { json }: SandboxesOptions): Promise<number> {
  await using provider = await providerOf(settings);
  await using connection = await connectWithNotices(settings);
  const report = await sweep(provider, { client: connection.client });
  if (json) await writeResult(jsonText(report));
  else await tell(report);
  return report.failed.length > 0 ? exitCodes.failed : exitCodes.submitted;
}

async function tell({ deleted, failed, kept }: SweepReport): Promise<void> {
  const lines = deleted.map(({ id, agent, reason }) => {
    return line(`deleted ${id}${agent === null ? '' : ` of ${agent}`}: ${reason}`);
  });
  if (lines.length > 0) await writeResult(lines.map((text) => `${text}\n`).join(''));
  say(...failed.map(({ id, reason }) => line(`rlm: ${id} was not deleted: ${reason}`)));
  if (deleted.length + failed.length === 0) say('there is nothing to delete');
  if (kept > 0) say(`${formatCounted(kept, 'sandbox')} left alone`);
}

async function providerOf(settings: Settings) {
  const { createProvider } = await import('../sandbox/create-provider.ts');
  return createProvider(settings);
}

function rowOf(sandbox: SandboxInformation, now: number): string[] {
  const { id, state, createdAt } = sandbox;
  const age = formatDuration(now - createdAt.getTime());
  return [id, state, age, runOf(sandbox) ?? '', agentOf(sandbox) ?? ''].map(line);
}

function documentOf(sandbox: SandboxInformation) {
  const { id, state, createdAt } = sandbox;
  return { id, state, createdAt: createdAt.toISOString(), run: runOf(sandbox), agent: agentOf(sandbox) };
}

function line(text: string): string {
  return onOneLine(text, 1_000);
}
