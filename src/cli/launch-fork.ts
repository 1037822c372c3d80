import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { isScripted } from '../agent/names.ts';
import { type PlannedFork, startFork } from '../client/fork-agent.ts';
import { checkedRunId, newRunId } from '../client/run-id.ts';
import type { Settings } from '../config/settings.ts';
import type { RlmConnection } from '../connection.ts';
import type { AnyAgentDefinition } from '../define-agent.ts';
import { definedOnly } from '../defined-only.ts';
import { checkBeforeRun } from './check-before-run.ts';
import { connectWithNotices } from './connect-with-notices.ts';
import { describeAgent } from './describe-agent.ts';
import { launch } from './launch-run.ts';
import { loadAgents } from './load-agents.ts';
import { noticeTeller } from './output.ts';
import { readLimits, type StartOptions, withChanges } from './run-options.ts';
import { onTaskQueue, Serving } from './serving.ts';
import { settingsOf } from './settings-options.ts';
import { checkResultOptions, withResult } from './show-result.ts';

export type ForkCommandOptions = Omit<StartOptions, 'branch' | 'commit'>;

/** Adds what a command has that starts a fork. */
export function withForkOptions(command: Command): Command {
  return withResult(withChanges(command));
}

/**
 * Plans a fork, starts it, and shows it to its end. Returns the exit code.
 *
 * @param source The agent that the fork is made from.
 */
export async function launchFork(
  source: string,
  options: ForkCommandOptions,
  plan: (client: Client, settings: Settings) => Promise<PlannedFork>,
): Promise<number> {
  checkResultOptions(options);
  const limits = readLimits(options.limit);
  const agents = await loadAgents(options.agents);
  await using connection = await connectWithNotices(settingsOf(options), options);
  const { client, settings } = connection;
  const planned = await planWithWorker(connection, source, agents, options, () => plan(client, settings));
  const { prepared } = planned.journal;
  const model = options.model ?? prepared.model;
  const subModel = options.subModel ?? prepared.subModel;
  await checkBeforeRun([model, subModel], settings);
  const runId = checkedRunId(options.id ?? newRunId('fork'));
  return await launch(connection, {
    ...{ runId, agents, options: { ...options, result: 'output' } },
    scripted: [model, subModel].some(isScripted),
    start: (taskQueue) =>
      startFork(client, planned, {
        ...{ runId, limits, settings: onTaskQueue(settings, taskQueue) },
        ...definedOnly({ model: options.model, subModel: options.subModel, instructions: options.instructions }),
      }),
  });
}

/** A source that runs is asked for its journal, which its worker answers. */
async function planWithWorker(
  connection: RlmConnection,
  source: string,
  agents: readonly AnyAgentDefinition[],
  options: ForkCommandOptions,
  plan: () => Promise<PlannedFork>,
): Promise<PlannedFork> {
  const description = await describeAgent(connection, source);
  if (description?.status.name !== 'RUNNING') return plan();
  await using serving = new Serving(connection, description.taskQueue, agents, noticeTeller(options));
  await serving.startWhereMissing();
  return await plan();
}
