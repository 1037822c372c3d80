import type { Command } from 'commander';
import type { LimitsInput } from '../agent/limits.ts';
import type { RunHandle } from '../client/run-handle.ts';
import { checkedRunId, newRunId, startRun } from '../client/start-run.ts';
import { parseLimit } from '../config/limit-names.ts';
import { nearestName } from '../config/nearest-name.ts';
import type { Settings } from '../config/settings.ts';
import type { AnyAgentDefinition } from '../define-agent.ts';
import { UsageError } from '../errors.ts';
import { parseSignature } from '../signature/parse-signature.ts';
import { attendRun, leaveInBackground } from './attend-run.ts';
import { checkBeforeRun } from './check-before-run.ts';
import { connectWithNotices } from './connect-with-notices.ts';
import { loadAgents } from './load-agents.ts';
import { writeResult } from './output.ts';
import { readInputs } from './read-inputs.ts';
import { onTaskQueue, placeRun, Serving } from './serving.ts';
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

async function run(given: string | undefined, options: RunCommandOptions): Promise<number> {
  checkResultOptions(options);
  const { name, inputs: inputTexts } = signatureBeside(given, options.input);
  const settings = settingsOf(options);
  const limits = readLimits(options.limit);
  const agents = await loadAgents(options.agents);
  const agent = findAgent(name, agents);
  const signature = typeof agent === 'string' ? parseSignature(agent) : agent.signature;
  const inputs = await readInputs(signature, inputTexts);
  const runId = checkedRunId(options.id ?? newRunId(typeof agent === 'string' ? 'run' : agent.name));
  const models = modelsOf(agent, settings, options);
  await checkBeforeRun([models.model, models.subModel], settings);

  await using connection = await connectWithNotices(settings, options);
  const { client } = connection;
  const { taskQueue, needsWorker } = await placeRun(client, {
    taskQueue: settings.temporal.taskQueue,
    runId,
    ownAgents: agents.length > 0 && settings.temporal.address === null,
  });
  const start = (): Promise<RunHandle<unknown>> => {
    const { instructions } = options;
    const all = { ...settings.limits, ...(typeof agent === 'string' ? {} : agent.limits), ...limits };
    return startRun(client, agent as AnyAgentDefinition, {
      ...{ inputs, runId, limits: all, ...models, settings: onTaskQueue(connection.settings, taskQueue) },
      ...(instructions === undefined ? {} : { instructions }),
    });
  };
  const serving = new Serving(connection, taskQueue, agents);
  const run = { connection, serving, taskQueue, options, unasked: 'cancel' } as const;
  const scripted = [models.model, models.subModel].some((model) => model.startsWith('scripted/'));
  if (options.detach) {
    await start();
    if (needsWorker) await leaveInBackground({ ...run, scripted });
    await writeResult(`${runId}\n`);
    return 0;
  }
  await using _serving = serving;
  if (needsWorker) await serving.startWorker();
  const handle = await start();
  if (settings.temporal.address === null) serving.standBy();
  return await attendRun({ ...run, scripted, handle });
}

/**
 * An option that takes several values takes the signature too where it stands before it: the first of them that is no
 * NAME=VALUE is it.
 */
function signatureBeside(given: string | undefined, inputs: string[]): { name: string; inputs: string[] } {
  if (given !== undefined) return { name: given, inputs };
  const at = inputs.findIndex((text) => !/^\s*\w+=/.test(text));
  const name = inputs[at];
  if (name === undefined) throw new UsageError('run needs a signature, such as "question: str -> answer: str"');
  return { name, inputs: inputs.filter((_, index) => index !== at) };
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
