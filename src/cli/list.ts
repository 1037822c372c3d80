import type { WorkflowExecutionInfo } from '@temporalio/client';
import type { Command } from 'commander';
import { isScripted } from '../agent/names.ts';
import { RunMemo } from '../client/run-memo.ts';
import { runsQuery } from '../client/runs-query.ts';
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
  const runs: WorkflowExecutionInfo[] = [];
  for await (const run of connection.client.workflow.list({ query: runsQuery, pageSize: Math.min(count, 1_000) })) {
    if (runs.push(run) === count) break;
  }
  const now = Date.now();
  const listed = runs.map((run) => ({ run, memo: RunMemo.safeParse(run.memo).data }));
  // Temporal lists the latest to end first.
  listed.sort((a, b) => startedAt(b) - startedAt(a));
  const rows = listed.map((one) => rowOf(one, now));
  if (rows.length === 0) say('there are no runs yet');
  else await writeResult(`${tableLines(['RUN', 'STATUS', 'AGE', 'DURATION', 'TASK'], rows).join('\n')}\n`);
}

interface ListedRun {
  run: WorkflowExecutionInfo;
  memo: RunMemo | undefined;
}

function startedAt({ run, memo }: ListedRun): number {
  return memo?.startedAt ?? run.startTime.getTime();
}

function rowOf(listed: ListedRun, now: number): string[] {
  const { run, memo } = listed;
  const { workflowId, status, closeTime } = run;
  const scripted = memo && isScripted(memo.model) ? 'scripted model: ' : '';
  const began = startedAt(listed);
  return [
    workflowId,
    status.name.toLowerCase().replaceAll('_', ' '),
    formatDuration(now - began),
    formatDuration((closeTime?.getTime() ?? now) - began),
    cutAt(`${scripted}${onOneLine(memo?.task ?? '', 200)}`, 80),
  ];
}
