import type { Command } from 'commander';
import { agentWorkflowType } from '../agent/names.ts';
import { RunMemo } from '../client/run-memo.ts';
import { connect } from '../connection.ts';
import { UsageError } from '../errors.ts';
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
  await using connection = await connect({
    settings: settingsOf(options),
    onProgress: (message) => say(`rlm: ${message}`),
  });
  const query = `WorkflowType = "${agentWorkflowType}" AND ParentWorkflowId IS NULL`;
  const rows: string[][] = [];
  const now = Date.now();
  for await (const run of connection.client.workflow.list({ query, pageSize: Math.min(count, 1_000) })) {
    if (rows.length === count) break;
    const memo = RunMemo.safeParse(run.memo).data;
    const scripted = memo?.model.startsWith('scripted/') ? 'scripted model: ' : '';
    rows.push([
      run.workflowId,
      run.status.name.toLowerCase().replaceAll('_', ' '),
      formatDuration(now - run.startTime.getTime()),
      formatDuration((run.closeTime?.getTime() ?? now) - run.startTime.getTime()),
      cutAt(`${scripted}${onOneLine(memo?.task ?? '', 200)}`, 80),
    ]);
  }
  if (rows.length === 0) say('there are no runs yet');
  else await writeResult(`${tableLines(['RUN', 'STATUS', 'AGE', 'DURATION', 'TASK'], rows).join('\n')}\n`);
}
