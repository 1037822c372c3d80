import type { Command } from 'commander';
import type { LimitsInput } from '../agent/limits.ts';
import { checkedRunId, newRunId } from '../client/run-id.ts';
import { parseLimit } from '../config/limit-names.ts';
import { nearestName } from '../config/nearest-name.ts';
import type { Settings } from '../config/settings.ts';
import type { AnyAgentDefinition } from '../define-agent.ts';
import { UsageError } from '../errors.ts';
import { parseSignature } from '../signature/parse-signature.ts';
import { loadAgents } from './load-agents.ts';
import { readInputs } from './read-inputs.ts';
import { type SettingsOptions, settingsOf, withSettings } from './settings-options.ts';
import { checkResultOptions, type ResultOptions, withResult } from './show-result.ts';

interface RunCommandOptions extends SettingsOptions, ResultOptions {
  input: string[];
  model?: string;
  subModel?: string;
  limit: string[];
  instructions?: string;
  id?: string;
  detach?: boolean;
  agents?: string;
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
    .option('-m, --model <provider/name>', 'the model')
    .option('--sub-model <provider/name>', 'the model that answers llm_query (default: the model)')
    .option('--limit <name=value...>', 'a limit, such as maxIterations=40', [])
    .option('--instructions <text>', 'what else the model is told')
    .option('--id <run_id>', 'the id of the run')
    .option('--detach', 'leave the run to a worker in the background, and print its id')
    .option('--agents <file>', 'a module that exports agents made by defineAgent');
  withResult(withSettings(command)).action(async (signature: string | undefined, options: RunCommandOptions) => {
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
  const given = typeof agent === 'string' ? {} : agent.limits;
  const { launchRun } = await import('./launch-run.ts');
  return launchRun({
    ...{ runId, agent, agents, inputs, ...models, settings, options },
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

function readLimits(texts: string[]): LimitsInput {
  const limits: LimitsInput = {};
  for (const text of texts) {
    const limit = parseLimit(text);
    const repeated = Object.keys(limit).find((name) => Object.hasOwn(limits, name));
    if (repeated !== undefined) throw new UsageError(`--limit ${repeated} is given twice`);
    Object.assign(limits, limit);
  }
  return limits;
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

/** The command line goes over what an agent says of itself, that over the settings. */
function modelsOf(agent: AnyAgentDefinition | string, settings: Settings, options: RunCommandOptions) {
  const definition = typeof agent === 'string' ? null : agent;
  const model = options.model ?? definition?.model ?? settings.model;
  const subModel = options.subModel ?? definition?.subModel ?? settings.subModel ?? model;
  return { model, subModel };
}
