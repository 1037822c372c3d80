import { type Command, Option } from 'commander';
import { deploymentOf } from '../config/worker-settings.ts';
import { UsageError } from '../errors.ts';
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
  deployment?: string;
  buildId?: string;
  makeCurrent?: boolean;
  grace?: string;
}

/** `rlm worker`: a worker only, until it is told to stop. */
export function defineWorker(program: Command, end: (code: number) => void): void {
  const command = program
    .command('worker')
    .description('a worker, until Ctrl-C or SIGTERM')
    .option('--agents <file>', 'a module that exports agents made by defineAgent')
    .option('--deployment <name>', 'work as a version of this Temporal Worker Deployment')
    .option('--build-id <id>', 'which version of the deployment this is')
    .option('--make-current', 'have new runs begin on this version from now on')
    .option('--grace <seconds>', 'how long what is in hand may take when the worker is told to stop (default: 8)')
    .addOption(new Option('--until-idle', 'end when no run of the task queue is open').hideHelp())
    .addOption(new Option('--task-queue <name>', 'serve this task queue').hideHelp());
  withSettings(command).action(async (options: WorkerCommandOptions) => {
    await work(options);
    end(0);
  });
}

async function work(options: WorkerCommandOptions): Promise<void> {
  const given = settingsOf(options);
  const { worker } = given;
  const name = options.deployment ?? worker.deployment?.name ?? null;
  const buildId = options.buildId ?? worker.deployment?.buildId ?? null;
  // One that was started for a run serves that run, whichever version it is.
  const deployment = options.untilIdle ? null : deploymentOf(name, buildId);
  const grace = readGrace(options.grace);
  const taskQueue = options.taskQueue ?? given.temporal.taskQueue;
  const agents = await loadAgents(options.agents);
  await using connection = await connectWithNotices(given);
  const settings = onTaskQueue(connection.settings, taskQueue);
  const { untilIdle: ends = false, makeCurrent = false } = options;
  const sweeps = taskQueue === given.temporal.taskQueue;
  await serveUntilTold(
    {
      settings,
      agents,
      transient: ends,
      sweeps,
      deployment,
      makeCurrent,
      ...(grace === null ? {} : { shutdownGrace: grace }),
    },
    () => {
      const version = deployment && ` as ${deployment.name} ${deployment.buildId}${makeCurrent ? ', now current' : ''}`;
      say(`a worker serves the task queue "${taskQueue}" at ${connection.address}${version ?? ''}`);
      reportReady();
    },
    ends ? () => untilIdle(connection.client, taskQueue) : undefined,
  );
}

function readGrace(text: string | undefined): number | null {
  if (text === undefined) return null;
  const seconds = Number(text);
  if (text.trim() !== '' && Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new UsageError(`--grace ${text}: give a number of seconds`);
}
