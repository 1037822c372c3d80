import type { z } from 'zod';
import { checkInstructions } from './agent/agent-arguments.ts';
import { Limits, type LimitsInput } from './agent/limits.ts';
import type { WorkspaceInput } from './agent/workspace.ts';
import { SignatureError, UsageError } from './errors.ts';
import type { ToolFunction } from './repl/protocol.ts';
import { checkedWorkspace } from './repository/checked-workspace.ts';
import { fieldsFromZod, signatureFromZod } from './signature/from-zod.ts';
import { functionFields } from './signature/function-fields.ts';
import { parseSignature } from './signature/parse-signature.ts';
import { checkToolName } from './signature/reserved-names.ts';
import type { Signature } from './signature/signature.ts';
import type { Tool } from './tool.ts';

interface CommonOptions {
  /** Names the agent's runs, and the agent to a worker: letters, digits, `_` and `-`, at most 60 of them. */
  name: string;
  /** Added to the system prompt. */
  instructions?: string;
  /** Functions of the host that running Python can call, by their Python names. */
  tools?: Readonly<Record<string, Tool>>;
  /** A git repository, of which each agent of a run gets a clone of its own at `/workspace`. */
  workspace?: WorkspaceInput;
  /** Those not given are the worker's, or the defaults. */
  limits?: LimitsInput;
  /** `provider/name`. Default: the worker's. */
  model?: string;
  /** The model that serves `llm_query*`. Default: the worker's, else `model`. */
  subModel?: string;
}

/** An agent whose inputs and outputs are zod objects, and typed. */
export interface TypedAgentOptions<Inputs extends z.ZodObject, Outputs extends z.ZodObject> extends CommonOptions {
  inputs: Inputs;
  outputs: Outputs;
}

/** An agent with a signature such as `question: str -> answer: str`; TypeScript knows no types of its values. */
export interface TextAgentOptions extends CommonOptions {
  signature: string;
}

/** An agent that workers can run and clients can start. Made by {@link defineAgent}. */
export interface AgentDefinition<Inputs = Record<string, unknown>, Outputs = Record<string, unknown>> {
  readonly name: string;
  readonly signature: Signature;
  /** The schemas that the signature was made from, or null when it was text. */
  readonly schemas: { readonly inputs: z.ZodObject; readonly outputs: z.ZodObject } | null;
  readonly instructions: string | null;
  readonly tools: Readonly<Record<string, Tool>>;
  readonly workspace: WorkspaceInput | null;
  /** Only those that were given. */
  readonly limits: LimitsInput;
  readonly model: string | null;
  readonly subModel: string | null;
  /** Carries the types; there is never a value. */
  readonly '~types'?: { readonly inputs: Inputs; readonly outputs: Outputs };
}

/** An agent whatever its inputs and outputs are. */
export type AnyAgentDefinition = AgentDefinition<unknown, unknown>;

/**
 * Declares an agent. Throws `UsageError` at once for a signature, tool, limit or name that could not be used.
 *
 * @example
 * const wealth = defineAgent({
 *   name: 'wealth',
 *   inputs: z.object({ chapters: z.array(z.string()) }),
 *   outputs: z.object({ people: z.array(z.object({ name: z.string(), francs: z.number() })) }),
 * });
 */
export function defineAgent<Inputs extends z.ZodObject, Outputs extends z.ZodObject>(
  options: TypedAgentOptions<Inputs, Outputs>,
): AgentDefinition<z.input<Inputs>, z.output<Outputs>>;
/** The same for an agent with a signature in words. */
export function defineAgent(options: TextAgentOptions): AgentDefinition;
export function defineAgent(options: TypedAgentOptions<z.ZodObject, z.ZodObject> | TextAgentOptions): AgentDefinition {
  const { name, instructions = null, tools = {}, limits = {}, model = null, subModel = null } = options;
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,59}$/.test(name)) {
    throw new UsageError(`agent ${JSON.stringify(name)}: a name is a letter, then at most 59 letters, digits, _ and -`);
  }
  try {
    const schemas = 'signature' in options ? null : { inputs: options.inputs, outputs: options.outputs };
    const signature = 'signature' in options ? parseSignature(options.signature) : signatureFromZod(options);
    const common = { name, instructions, tools, model, subModel };
    const workspace = options.workspace === undefined ? null : checkedWorkspace(options.workspace);
    const definition = { ...common, workspace, signature, schemas, limits: checkLimits(limits) };
    checkTools(definition);
    checkInstructions(instructions);
    return Object.freeze(definition);
  } catch (error) {
    if (error instanceof SignatureError) throw new SignatureError(`agent "${name}": ${error.message}`, error.position);
    if (error instanceof UsageError) throw new UsageError(`agent "${name}": ${error.message}`);
    throw error;
  }
}

/** An agent's tools as the kernel and the prompt need them. */
export function toolFunctions(agent: Pick<AnyAgentDefinition, 'tools'>): ToolFunction[] {
  return Object.entries(agent.tools).map(([name, { description, parameters }]) => ({
    name,
    description,
    parameters: functionFields(fieldsFromZod(parameters, 'parameter')),
  }));
}

function checkTools(agent: Pick<AnyAgentDefinition, 'tools' | 'signature'>): void {
  const taken = new Set(agent.signature.inputs.map((input) => input.name));
  for (const name of Object.keys(agent.tools)) {
    checkToolName(name);
    // Each tool is two functions of the REPL.
    for (const each of [name, `${name}_async`]) {
      if (taken.has(each)) throw new UsageError(`tool "${name}": "${each}" is already the name of an input or a tool`);
      taken.add(each);
    }
    try {
      toolFunctions({ tools: { [name]: agent.tools[name] as Tool } });
    } catch (error) {
      if (error instanceof SignatureError) throw new SignatureError(`tool "${name}": ${error.message}`, null);
      throw error;
    }
  }
}

function checkLimits(limits: LimitsInput): LimitsInput {
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    if (!Object.hasOwn(Limits.shape, name)) {
      throw new UsageError(`limits: there is no "${name}"; the limits are ${Object.keys(Limits.shape).join(', ')}`);
    }
    const checked = Limits.shape[name as keyof Limits].safeParse(value);
    if (!checked.success) throw new UsageError(`limits: ${name}: ${checked.error.issues[0]?.message}, got ${value}`);
  }
  return Object.fromEntries(given);
}
