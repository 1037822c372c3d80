import { RunHandle } from '../client/run-handle.ts';
import { attendRun } from './attend-run.ts';
import { connectWithNotices } from './connect-with-notices.ts';
import { describeAgent } from './describe-agent.ts';
import { Interruptions } from './interruptions.ts';
import { loadAgents } from './load-agents.ts';
import { noticeTeller } from './output.ts';
import { Serving } from './serving.ts';
import { type SettingsOptions, settingsOf } from './settings-options.ts';
import { checkResultOptions, type ResultOptions, showResult } from './show-result.ts';

export interface KnownRunOptions extends SettingsOptions, ResultOptions {
  agents?: string;
}

/**
 * Shows a run that was started before, to its end, with a worker of this process where nobody else serves it; then its
 * result. `story: false`: of a run that has ended, the result alone. Returns the exit code.
 */
export async function attendKnownRun(
  runId: string,
  options: KnownRunOptions,
  { story, unasked }: { story: boolean; unasked: 'cancel' | 'leave' },
): Promise<number> {
  checkResultOptions(options);
  const settings = settingsOf(options);
  const agents = await loadAgents(options.agents);
  await using connection = await connectWithNotices(settings, options);
  await using handle = new RunHandle<unknown>(connection.client, connection.store, runId);
  const description = await describeAgent(connection, runId);
  const open = description?.status.name === 'RUNNING';
  if (description === null || (!open && !story)) return await showResult(await handle.document(), options, null);
  const { taskQueue } = description;
  await using serving = new Serving(connection, taskQueue, agents, noticeTeller(options));
  if (open) {
    await serving.startWhereMissing();
    if (settings.temporal.address === null) serving.standBy();
  }
  using interruptions = new Interruptions();
  return await attendRun({ connection, serving, interruptions, handle, taskQueue, options, scripted: null, unasked });
}
