import { AgentArguments, type AgentTool, type PreparedAgent, type PreparedInput } from '../agent/agent-arguments.ts';
import { Limits, workspaceLimits } from '../agent/limits.ts';
import { loadValue, storeValue } from '../artifacts/stored-value.ts';
import type { Settings } from '../config/settings.ts';
import type { AnyAgentDefinition } from '../define-agent.ts';
import { toolFunctions } from '../define-agent.ts';
import { UsageError } from '../errors.ts';
import { contextWindowOf } from '../model/context-windows.ts';
import { previewInput } from '../prompts/input-preview.ts';
import { parseSignature } from '../signature/parse-signature.ts';
import type { Signature } from '../signature/signature.ts';
import { validateValues } from '../signature/validate.ts';
import { activity } from './activity-scope.ts';
import { readJournal } from './begin-fork.ts';
import type { Dependencies } from './dependencies.ts';
import { failure } from './failures.ts';

/** Fills in every default of what a user asked for, and checks and stores the inputs. */
export function prepareAgentActivity({ agents, mirrors, models, settings, store }: Dependencies) {
  return activity(async (given: AgentArguments, signal): Promise<PreparedAgent> => {
    const parsed = AgentArguments.safeParse(given);
    if (!parsed.success) throw failure('InvalidArguments', describeIssues(parsed.error.issues));
    const request = parsed.data;
    if (request.fork) {
      const { prepared } = await readJournal(store, request.fork.journal);
      const forked = withChanges(prepared, request, settings);
      if (forked.definition !== null) findAgent(agents, forked.definition);
      models.check(forked.model);
      models.check(forked.subModel);
      return forked;
    }
    const definition = request.agent === undefined ? null : findAgent(agents, request.agent);
    const signature = signatureOf(request.signature, definition);

    const model = request.model ?? definition?.model ?? settings.model;
    const subModel = request.subModel ?? definition?.subModel ?? settings.subModel ?? model;
    models.check(model);
    models.check(subModel);

    const values: Record<string, unknown> = { ...request.inputs };
    const storedInputs = new Map(Object.entries(request.storedInputs ?? {}));
    for (const [name, stored] of storedInputs) values[name] = await loadValue(store, stored);
    const checked = validateValues(signature.inputs, values);
    if (!checked.ok) throw new UsageError(`inputs: ${checked.problems.join('; ')}`);

    const asked = request.workspace ?? definition?.workspace ?? null;
    const workspace = asked === null ? null : await mirrors.resolve(asked, signal);

    const prepared: PreparedAgent = {
      definition: definition?.name ?? null,
      signature,
      inputs: await Promise.all(
        signature.inputs.map(async (field): Promise<PreparedInput> => {
          const value = checked.values[field.name];
          // A large input that the check left as it was is not written again.
          const given = value === values[field.name] ? storedInputs.get(field.name) : undefined;
          const stored = given ?? (await storeValue(store, value));
          return { name: field.name, stored, preview: previewInput(field, value) };
        }),
      ),
      tools: definition ? agentTools(definition) : [],
      workspace,
      instructions: request.instructions ?? definition?.instructions ?? null,
      model,
      subModel,
      contextWindow: contextWindowOf(model, settings.models.contextWindows),
      limits: Limits.parse({
        ...(workspace === null ? {} : workspaceLimits),
        ...settings.limits,
        ...definition?.limits,
        ...request.limits,
      }),
    };
    checkSize(prepared);
    return prepared;
  });
}

/** The agent that a fork was made from, with what is to be different. */
function withChanges(prepared: PreparedAgent, changes: AgentArguments, { models }: Settings): PreparedAgent {
  const { model, subModel, instructions, limits } = changes;
  return {
    ...prepared,
    ...(model === undefined ? {} : { model }),
    ...(subModel === undefined ? {} : { subModel }),
    ...(instructions === undefined ? {} : { instructions }),
    contextWindow: contextWindowOf(model ?? prepared.model, models.contextWindows),
    limits: Limits.parse({ ...prepared.limits, ...limits }),
  };
}

/** Temporal would take more of it, as large payloads are artifacts; but all of it begins every request to the model. */
const largestBytes = 1_000_000;

function checkSize({ signature, tools, instructions }: PreparedAgent): void {
  const bytes = Buffer.byteLength(JSON.stringify([signature, tools, instructions]));
  if (bytes <= largestBytes) return;
  throw new UsageError(
    `the agent's signature, tools and instructions take ${bytes} bytes, at most ${largestBytes} are possible; give long texts as inputs`,
  );
}

function findAgent(agents: Dependencies['agents'], name: string): AnyAgentDefinition {
  const definition = agents.get(name);
  if (definition) return definition;
  const known = [...agents.keys()].join(', ') || 'none';
  throw failure('UnknownAgent', `this worker has no agent named "${name}" (it has: ${known})`);
}

function signatureOf(given: string | Signature | undefined, definition: AnyAgentDefinition | null): Signature {
  if (definition) return definition.signature;
  if (given === undefined) throw new UsageError('an agent needs a signature, or the name of an agent of this worker');
  return typeof given === 'string' ? parseSignature(given) : given;
}

function agentTools(definition: AnyAgentDefinition): AgentTool[] {
  return toolFunctions(definition).map((described) => {
    const declared = definition.tools[described.name];
    return {
      ...described,
      timeoutSeconds: declared?.timeout ?? 600,
      idempotent: declared?.idempotent ?? false,
    };
  });
}

function describeIssues(issues: { path: PropertyKey[]; message: string }[]): string {
  return issues.map((issue) => `${issue.path.join('.') || 'argument'}: ${issue.message}`).join('; ');
}
