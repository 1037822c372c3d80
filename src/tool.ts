import { z } from 'zod';
import { UsageError } from './errors.ts';
import { fieldsFromZod } from './signature/from-zod.ts';
import { validateValues } from './signature/validate.ts';

/** What a tool's function gets beside its arguments. */
export interface ToolContext {
  /** Names the call; the same again when it is retried, so that it can serve as an idempotency key. */
  callId: string;
  /** Aborted when the call's time is up, or its agent was cancelled. */
  signal: AbortSignal;
}

/** What a tool is; see {@link tool}. */
export interface ToolOptions<Parameters extends z.ZodObject> {
  /** What it does, for the model. */
  description: string;
  /** The arguments by name; by position too, in this order. */
  parameters: Parameters;
  /** Its result must be a JSON value. What it throws reaches the cell as an exception with the error's message. */
  execute(args: z.output<Parameters>, context: ToolContext): unknown;
  /** How long a call may take, in seconds. Default: 600. */
  timeout?: number;
  /** Whether a call whose outcome is unknown may be made again. Default: false. */
  idempotent?: boolean;
}

/** A host function that running Python can call. */
export interface Tool<Parameters extends z.ZodObject = z.ZodObject> extends ToolOptions<Parameters> {
  timeout: number;
  idempotent: boolean;
}

const defaultTimeoutSeconds = 600;

/** Declares a tool. Throws `UsageError` for a timeout that is none. */
export function tool<Parameters extends z.ZodObject>(options: ToolOptions<Parameters>): Tool<Parameters> {
  const { timeout = defaultTimeoutSeconds, idempotent = false } = options;
  if (!(timeout > 0 && Number.isFinite(timeout))) {
    throw new UsageError(`tool: timeout must be a positive number of seconds, not ${timeout}`);
  }
  return Object.freeze({ ...options, timeout, idempotent });
}

/** How a call ended, as the cell is told. */
export type ToolOutcome = { value: unknown } | { error: string };

/** Checks the arguments of a call and makes it. Throws only when the call was aborted. */
export async function callDefinedTool(
  name: string,
  declared: Tool,
  given: unknown,
  context: ToolContext,
): Promise<ToolOutcome> {
  const named = z.record(z.string(), z.unknown()).safeParse(given);
  if (!named.success) return { error: `${name}: the arguments are not named` };
  const checked = validateValues(fieldsFromZod(declared.parameters, 'parameter'), named.data);
  if (!checked.ok) return { error: `${name}: ${checked.problems.join('; ')}` };
  try {
    const parsed = await declared.parameters.safeParseAsync(checked.values);
    if (!parsed.success) return { error: `${name}: ${describeIssues(parsed.error)}` };
    return toJson(name, await declared.execute(parsed.data, context));
  } catch (error) {
    if (context.signal.aborted) throw error;
    return { error: error instanceof Error ? error.message || error.name : String(error) };
  }
}

function describeIssues({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.') || 'arguments'}: ${message}`).join('; ');
}

/** The value as JSON has it, so that an answer kept and one fresh are the same. */
function toJson(name: string, value: unknown): ToolOutcome {
  try {
    return { value: JSON.parse(JSON.stringify(value) ?? 'null') };
  } catch (error) {
    return { error: `${name} returned something that is not JSON: ${error instanceof Error ? error.message : error}` };
  }
}
