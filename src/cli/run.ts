import type { Command } from 'commander';
import type { WorkspaceInput } from '../agent/workspace.ts';
import { checkedRunId, newRunId } from '../client/run-id.ts';
import { nearestName } from '../config/nearest-name.ts';
import type { AnyAgentDefinition } from '../define-agent.ts';
import { UsageError } from '../errors.ts';
import { parseSignature } from '../signature/parse-signature.ts';
import { loadAgents } from './load-agents.ts';
import { readInputs } from './read-inputs.ts';
import { modelsOf, readLimits, type StartOptions, withStart, workspaceOf } from './run-options.ts';
import { settingsOf } from './settings-options.ts';
import { checkResultOptions } from './show-result.ts';

interface RunCommandOptions extends StartOptions {
  input: string[];
  workspace?: string;
}

/** `rlm run`: starts a run, shows it, and prints its result. */
export function defineRun(program: Command, end: (code: number) => void): void {
  const command = program
    .command('run')
    .description('run an agent on a signature such as "documents: list[str], question: str -> answer: str"')
    .argument('[signature]', 'the signature, or the name of an agent from --agents')
    .option(
      '-i, --input <name=value...>',
      'an input: VALUE, @FILE, or @GLOB for a list of texts (@@ is a literal @)',
      [],
    )
    .option('--workspace <repository>', 'a git URL or path: each agent gets a clone of it');
  withStart(command).action(async (signature: string | undefined, options: RunCommandOptions) => {
    end(await run(signature, options));
  });
}

async function run(name: string | undefined, options: RunCommandOptions): Promise<number> {
  checkResultOptions(options);
  const { signatureText, inputTexts } = signatureBeside(name, options.input);
  const settings = settingsOf(options);
  const limits = readLimits(options.limit);
  const agents = await loadAgents(options.agents);
  const agent = findAgent(signatureText, agents);
  const signature = typeof agent === 'string' ? parseSignature(agent) : agent.signature;
  const inputs = await readInputs(signature, inputTexts);
  const runId = checkedRunId(options.id ?? newRunId(typeof agent === 'string' ? 'run' : agent.name));
  const models = modelsOf(agent, settings, options);
  const workspace = workspaceFor(options) ?? (typeof agent === 'string' ? null : agent.workspace);
  const given = typeof agent === 'string' ? {} : agent.limits;
  const { launchRun } = await import('./launch-run.ts');
  return launchRun({
    ...{ runId, agent, agents, inputs, ...models, settings },
    options: { ...options, result: 'output' },
    workspace,
    limits: { ...settings.limits, ...given, ...limits },
    instructions: options.instructions,
  });
}

/**
 * An option that takes several values takes the signature too where it stands before it: the first of them that is no
 * NAME=VALUE is it.
 */
function signatureBeside(given: string | undefined, inputs: string[]) {
  if (given !== undefined) return { signatureText: given, inputTexts: inputs };
  const at = inputs.findIndex((text) => !/^\s*\w+=/.test(text));
  const signatureText = inputs[at];
  if (signatureText === undefined)
    throw new UsageError('run needs a signature, such as "question: str -> answer: str"');
  return { signatureText, inputTexts: inputs.filter((_, index) => index !== at) };
}

function findAgent(name: string, agents: readonly AnyAgentDefinition[]): AnyAgentDefinition | string {
  const found = agents.find((agent) => agent.name === name);
  if (found) return found;
  if (!/^[A-Za-z][\w-]*$/.test(name)) return name;
  if (agents.length === 0) {
    throw new UsageError(`"${name}" is no signature; to run an agent of that name, give its module with --agents FILE`);
  }
  const names = agents.map((agent) => agent.name);
  const nearest = nearestName(name, names);
  const hint = nearest === null ? `it has ${names.join(', ')}` : `did you mean ${nearest}?`;
  throw new UsageError(`there is no agent "${name}" in the module of --agents; ${hint}`);
}

function workspaceFor(options: RunCommandOptions): WorkspaceInput | undefined {
  const { workspace, branch, commit } = options;
  if (workspace !== undefined) return workspaceOf(workspace, options);
  if (branch === undefined && commit === undefined) return undefined;
  throw new UsageError('-b and --commit belong to a repository; name it with --workspace REPO_URL');
}
