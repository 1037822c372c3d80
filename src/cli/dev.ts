import type { Command } from 'commander';
import { connectWithNotices } from './connect-with-notices.ts';
import { loadAgents } from './load-agents.ts';
import { say } from './output.ts';
import { serveUntilTold } from './serve-until-told.ts';
import { type SettingsOptions, settingsOf, withSettings } from './settings-options.ts';
import { startDevViewer } from './viewer.ts';

interface DevOptions extends SettingsOptions {
  port?: string;
  agents?: string;
}

/** `rlm dev`: Temporal, a worker and the viewer, until Ctrl-C. */
export function defineDev(program: Command, end: (code: number) => void): void {
  const command = program
    .command('dev')
    .description('Temporal, a worker and the viewer on this machine, until Ctrl-C')
    .option('--agents <file>', 'a module that exports agents made by defineAgent')
    .option('--port <number>', "the viewer's port (default: 8000, or any where that is taken)");
  withSettings(command).action(async (options: DevOptions) => {
    await dev(options);
    end(0);
  });
}

async function dev(options: DevOptions): Promise<void> {
  const settings = settingsOf(options);
  const agents = await loadAgents(options.agents);
  await using connection = await connectWithNotices(settings);
  await using viewer = await startDevViewer(connection, options.port);
  // It serves whatever is started here; versions are for workers that are deployed.
  await serveUntilTold({ settings: connection.settings, agents, deployment: null }, () => {
    say(`Temporal   ${connection.address}`);
    say(`viewer     ${viewer.url}`);
    if (connection.uiUrl) say(`Web UI     ${connection.uiUrl}`);
    say(`data       ${settings.dataDirectory}`);
    say(`a worker serves the task queue "${settings.temporal.taskQueue}"; Ctrl-C ends it`);
  });
}
