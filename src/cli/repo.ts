import type { Command } from 'commander';
import { repositoryTask } from '../agent/repository-task.ts';
import { checkedRunId, newRunId } from '../client/run-id.ts';
import { UsageError } from '../errors.ts';
import { parseSignature } from '../signature/parse-signature.ts';
import { loadAgents } from './load-agents.ts';
import { readInputs } from './read-inputs.ts';
import { modelsOf, readLimits, type StartOptions, withStart, workspaceOf } from './run-options.ts';
import { settingsOf } from './settings-options.ts';
import { checkResultOptions } from './show-result.ts';

interface RepoCommandOptions extends StartOptions {
  prompt: string;
}

/** `rlm repo`: gives a tree of agents a task on a repository, and prints the patch they made. */
export function defineRepo(program: Command, end: (code: number) => void): void {
  const command = program
    .command('repo')
    .description('give agents a task on a git repository, and print the patch they make')
    .argument('<repository>', 'a git URL, or the path of a local repository')
    .requiredOption('-p, --prompt <task>', 'the task: TEXT, or @FILE');
  withStart(command).action(async (repository: string, options: RepoCommandOptions) => {
    end(await repo(repository, options));
  });
}

async function repo(given: string, options: RepoCommandOptions): Promise<number> {
  const shown = { ...options, verbose: options.quiet !== true, result: 'patch' } as const;
  checkResultOptions(shown);
  if (options.prompt.trim() === '') throw new UsageError('-p is empty; say what is to be done');
  const workspace = workspaceOf(given, options);
  const settings = settingsOf(options);
  const limits = readLimits(options.limit);
  const agents = await loadAgents(options.agents);
  const inputs = await readInputs(parseSignature(repositoryTask), [`task=${options.prompt}`]);
  const runId = checkedRunId(options.id ?? newRunId(nameOf(workspace.repository)));
  const { launchRun } = await import('./launch-run.ts');
  return launchRun({
    ...{ runId, agent: repositoryTask, agents, inputs, ...modelsOf(repositoryTask, settings, options), settings },
    options: shown,
    workspace,
    limits: { ...settings.limits, ...limits },
    instructions: options.instructions,
  });
}

/** The repository's own name, as far as it can be a part of a run's id. */
function nameOf(repository: string): string {
  const last =
    repository
      .replace(/\/+(?:\.git)?$|\.git$/, '')
      .split(/[/:]/)
      .at(-1) ?? '';
  const name = last
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[^A-Za-z]+/, '')
    .slice(0, 40);
  return name === '' ? 'repo' : name;
}
