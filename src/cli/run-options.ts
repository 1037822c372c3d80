import type { Command } from 'commander';
import type { LimitsInput } from '../agent/limits.ts';
import type { WorkspaceInput } from '../agent/workspace.ts';
import { parseLimit } from '../config/limit-names.ts';
import type { Settings } from '../config/settings.ts';
import type { AnyAgentDefinition } from '../define-agent.ts';
import { definedOnly } from '../defined-only.ts';
import { UsageError } from '../errors.ts';
import { absoluteAddress } from '../repository/repository-address.ts';
import { type SettingsOptions, withSettings } from './settings-options.ts';
import { type ResultOptions, withResult } from './show-result.ts';

/** The options of every command that starts a run. */
export interface StartOptions extends SettingsOptions, ResultOptions {
  model?: string;
  subModel?: string;
  limit: string[];
  instructions?: string;
  id?: string;
  detach?: boolean;
  agents?: string;
  branch?: string;
  commit?: string;
}

/** Adds the options of every command that starts a run from nothing. */
export function withStart(command: Command): Command {
  command
    .option('-b, --branch <branch>', 'a branch or tag of the repository (default: its default branch)')
    .option('--commit <sha>', 'a commit of the repository (default: the newest of the branch)');
  return withResult(withChanges(command));
}

/** Adds the options of every command that starts a run. */
export function withChanges(command: Command): Command {
  command
    .option('-m, --model <provider/name>', 'the model')
    .option('--sub-model <provider/name>', 'the model that answers llm_query (default: the model)')
    .option('--limit <name=value...>', 'a limit, such as maxIterations=40', [])
    .option('--instructions <text>', 'what else the model is told')
    .option('--id <run_id>', 'the id of the run')
    .option('--detach', 'leave the run to a worker in the background, and print its id')
    .option('--agents <file>', 'a module that exports agents made by defineAgent');
  return withSettings(command);
}

/** The limits of the command line. Throws `UsageError` for one that is unknown, wrong or given twice. */
export function readLimits(texts: string[]): LimitsInput {
  const limits: LimitsInput = {};
  for (const text of texts) {
    const limit = parseLimit(text);
    const repeated = Object.keys(limit).find((name) => Object.hasOwn(limits, name));
    if (repeated !== undefined) throw new UsageError(`--limit ${repeated} is given twice`);
    Object.assign(limits, limit);
  }
  return limits;
}

/** The command line goes over what an agent says of itself, that over the settings. */
export function modelsOf(agent: AnyAgentDefinition | string, settings: Settings, options: StartOptions) {
  const definition = typeof agent === 'string' ? null : agent;
  const model = options.model ?? definition?.model ?? settings.model;
  const subModel = options.subModel ?? definition?.subModel ?? settings.subModel ?? model;
  return { model, subModel };
}

/** The workspace that the options of a command name. A local path is relative to the current folder. */
export function workspaceOf(
  address: string,
  { branch, commit }: Pick<StartOptions, 'branch' | 'commit'>,
): WorkspaceInput {
  const repository = absoluteAddress(address, process.cwd());
  return { repository, ...definedOnly({ branch, commit }) };
}
