import { type Command, Option } from 'commander';
import { reportReady } from './background-worker.ts';
import { connectWithNotices } from './connect-with-notices.ts';
import { loadAgents } from './load-agents.ts';
import { say } from './output.ts';
import { serveUntilTold } from './serve-until-told.ts';
import { onTaskQueue } from './serving.ts';
import { type SettingsOptions, settingsOf, withSettings } from './settings-options.ts';
import { untilIdle } from './until-idle.ts';

interface WorkerCommandOptions extends SettingsOptions {
  agents?: string;
  untilIdle?: boolean;
  taskQueue?: string;
}

/** `rlm worker`: a worker only, until it is told to stop. */
export function defineWorker(program: Command, end: (code: number) => void): void {
  const command = program
    .command('worker')
    .description('a worker, until Ctrl-C or SIGTERM')
    .option('--agents <file>', 'a module that exports agents made by defineAgent')
    .addOption(new Option('--until-idle', 'end when no run of the task queue is open').hideHelp())
    .addOption(new Option('--task-queue <name>', 'serve this task queue').hideHelp());
  withSettings(command).action(async (options: WorkerCommandOptions) => {
    await work(options);
    end(0);
  });
}

async function work(options: WorkerCommandOptions): Promise<void> {
  const given = settingsOf(options);
  const taskQueue = options.taskQueue ?? given.temporal.taskQueue;
  const agents = await loadAgents(options.agents);
  await using connection = await connectWithNotices(given);
  const settings = onTaskQueue(connection.settings, taskQueue);
  const { untilIdle: ends = false } = options;
  await serveUntilTold(
    { settings, agents, transient: ends, sweeps: taskQueue === given.temporal.taskQueue },
    () => {
      say(`a worker serves the task queue "${taskQueue}" at ${connection.address}`);
      reportReady();
    },
    ends ? () => untilIdle(connection.client, taskQueue) : undefined,
  );
}
