import type { Command } from 'commander';
import pc from 'picocolors';
import { readEvents } from '../client/read-events.ts';
import { type RunVersion, runVersion } from '../client/run-version.ts';
import { UsageError } from '../errors.ts';
import { webUiOf } from './attend-run.ts';
import { connectWithNotices } from './connect-with-notices.ts';
import { describeAgent } from './describe-agent.ts';
import { writeResult } from './output.ts';
import { readCell } from './progress.ts';
import { renderRun } from './render-run.ts';
import { newRunView, reduceRun } from './run-view.ts';
import { type SettingsOptions, settingsOf, withSettings } from './settings-options.ts';
import { storyLines } from './story-lines.ts';

/** How many of the latest iterations are shown. */
const shownIterations = 3;

/** `rlm show`: how a run stands. */
export function defineShow(program: Command, end: (code: number) => void): void {
  const command = program
    .command('show')
    .description('how a run stands: its tree and its last iterations')
    .argument('<run>', 'the id of a run, or of an agent such as RUN/3.1');
  withSettings(command).action(async (runId: string, options: SettingsOptions) => {
    await show(runId, options);
    end(0);
  });
}

async function show(runId: string, options: SettingsOptions): Promise<void> {
  await using connection = await connectWithNotices(settingsOf(options));
  const { client, store } = connection;
  const description = await describeAgent(connection, runId);
  if (description === null) {
    throw new UsageError(`there is no run ${runId}; "rlm list" shows those there are`);
  }
  const events = await readEvents(client, runId);
  const view = events.reduce(reduceRun, newRunView(runId));
  const first = (view.agents.get(runId)?.iteration ?? 0) - shownIterations + 1;
  const colors = pc.createColors(pc.isColorSupported && process.stdout.isTTY);
  const canvas = { columns: process.stdout.columns ?? 200, rows: Number.POSITIVE_INFINITY, colors, now: Date.now() };
  const lines = renderRun(view, { ...canvas, webUi: webUiOf(connection, runId) });
  lines.push(...versionLines(await runVersion(client, description), description.status.name === 'RUNNING'));
  for (const event of events) {
    if (event.agentId !== runId || !('iteration' in event) || event.iteration < first) continue;
    const cell = event.type === 'cell-ended' ? await readCell(store, event.output) : null;
    lines.push(...storyLines(event, view, colors, cell));
  }
  await writeResult(`${lines.join('\n')}\n`);
}

function versionLines(version: RunVersion | null, running: boolean): string[] {
  if (version === null) return [];
  const name = `${version.deployment.name} ${version.deployment.buildId}`;
  if (!running || version.isServed) return [`version ${name}`];
  return [`version ${name}: no worker of it is there; start one, or move the run (docs/operations.md#moving-a-run)`];
}
