import { z } from 'zod';

const count = z.number().int().positive();
const seconds = z.number().positive();

/** Limits that each agent has for itself; a sub-agent starts with the same ones in full. */
export const AgentLimits = z.strictObject({
  /** Model replies. */
  maxIterations: count.default(50),
  /** Prompts through `llm_query*`; a batch of n counts n. */
  maxLlmCalls: count.default(500),
  /** Run time of a cell in seconds; time in which it waits for answers does not count. With a workspace 1,800. */
  cellTimeout: seconds.default(600),
  /** Characters of a cell's output that the model sees. With a workspace 60,000. */
  outputLimit: count.default(10_000),
  /** Characters of a sub-agent's answer that its parent gets. */
  resultTruncationLimit: count.default(10_000),
  /** Model calls, tool calls and sub-agents in flight at once. */
  maxConcurrency: count.default(100),
  /** Sandboxes rebuilt after they were lost. */
  maxRecoveries: z.number().int().nonnegative().default(5),
  /** Times that a conversation is shortened to a summary when it nears the model's context window. */
  maxCompactions: z.number().int().nonnegative().default(10),
});
export type AgentLimits = z.infer<typeof AgentLimits>;

/** Limits that a whole tree shares, kept by the root's ledger. */
export const TreeLimits = z.strictObject({
  /** Depth of sub-agents; the root is 0. Null: no limit. */
  maxDepth: z.number().int().nonnegative().nullable().default(null),
  /** Sandboxes created over the run's life. */
  maxSandboxes: count.default(50),
  /** Prompt and completion tokens. Null: no limit. */
  maxTokens: count.nullable().default(null),
  /** US dollars. Null: no limit. */
  maxCostUsd: z.number().positive().nullable().default(null),
  /** Wall time of the run in seconds. */
  timeout: seconds.default(3_600),
});
export type TreeLimits = z.infer<typeof TreeLimits>;

/** Every limit a user can set, as one object. */
export const Limits = AgentLimits.extend(TreeLimits.shape);
export type Limits = z.infer<typeof Limits>;

/** Defaults of agents with a workspace: tests of a repository take long and print much. */
export const workspaceLimits = { cellTimeout: 1_800, outputLimit: 60_000 } as const satisfies Partial<Limits>;

/** Limits as a user gives them: any of them. */
export type LimitsInput = Partial<Limits>;

// `Limits.partial()` would fill in the defaults, and so hide which limits were given.
const given = Object.entries(Limits.shape).map(([name, schema]) => [name, schema.unwrap().optional()]);
export const LimitsInput = z.strictObject(Object.fromEntries(given)) as unknown as z.ZodType<LimitsInput, LimitsInput>;
