import type { WorkflowExecutionInfo } from '@temporalio/client';
import type { Command } from 'commander';
import { agentWorkflowType } from '../agent/names.ts';
import { RunMemo } from '../client/run-memo.ts';
import { UsageError } from '../errors.ts';
import { connectWithNotices } from './connect-with-notices.ts';
import { formatDuration } from './format-quantities.ts';
import { say, writeResult } from './output.ts';
import { cutAt, onOneLine } from './printable.ts';
import { type SettingsOptions, settingsOf, withSettings } from './settings-options.ts';
import { tableLines } from './table.ts';

interface ListOptions extends SettingsOptions {
  count: string;
}

/** `rlm list`: the latest runs. */
export function defineList(program: Command, end: (code: number) => void): void {
  const command = program
    .command('list')
    .description('the latest runs: status, age, duration, task')
    .option('-n, --count <number>', 'how many', '30');
  withSettings(command).action(async (options: ListOptions) => {
    await list(options);
    end(0);
  });
}

async function list(options: ListOptions): Promise<void> {
  const count = Number(options.count);
  if (!Number.isInteger(count) || count < 1) {
    throw new UsageError(`--count is "${options.count}"; it must be a whole number above 0`);
  }
  await using connection = await connectWithNotices(settingsOf(options));
  const query = `WorkflowType = "${agentWorkflowType}" AND ParentWorkflowId IS NULL`;
  const runs: WorkflowExecutionInfo[] = [];
  for await (const run of connection.client.workflow.list({ query, pageSize: Math.min(count, 1_000) })) {
    if (runs.push(run) === count) break;
  }
  const now = Date.now();
  // Temporal lists the latest to end first.
  runs.sort((a, b) => b.startTime.getTime() - a.startTime.getTime());
  const rows = runs.map((run) => rowOf(run, now));
  if (rows.length === 0) say('there are no runs yet');
  else await writeResult(`${tableLines(['RUN', 'STATUS', 'AGE', 'DURATION', 'TASK'], rows).join('\n')}\n`);
}

function rowOf({ workflowId, status, startTime, closeTime, memo }: WorkflowExecutionInfo, now: number): string[] {
  const known = RunMemo.safeParse(memo).data;
  const scripted = known?.model.startsWith('scripted/') ? 'scripted model: ' : '';
  return [
    workflowId,
    status.name.toLowerCase().replaceAll('_', ' '),
    formatDuration(now - startTime.getTime()),
    formatDuration((closeTime?.getTime() ?? now) - startTime.getTime()),
    cutAt(`${scripted}${onOneLine(known?.task ?? '', 200)}`, 80),
  ];
}
