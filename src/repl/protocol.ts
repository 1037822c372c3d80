import { z } from 'zod';

/**
 * What the host and the broker in a sandbox say to each other: HTTP and JSON, a bearer token per sandbox.
 * Everything is idempotent; events are read by cursor and never popped, so a lost response loses nothing.
 *
 * | request | meaning |
 * | --- | --- |
 * | `PUT /inputs/NAME` | the JSON of one input, sent once; or, with `?offset=N&total=M`, a part of it |
 * | `POST /inputs` | make a variable of a sent input in the running kernel |
 * | `POST /kernel` | start a kernel (or find the living one) with its functions and inputs |
 * | `POST /workspace` | make the clone at `/workspace`, or find it made |
 * | `POST /patch` | end the kernel, and take the difference between the clone's commit and its files |
 * | `GET /patch?offset=N` | a part of the patch that was taken |
 * | `POST /cells` | start a cell; the same id again returns its state |
 * | `GET /events?after=N&waitMs=W` | long poll for events after N |
 * | `POST /answers` | answers to a call, also part of a batch |
 * | `POST /interrupt` | stop the running cell |
 * | `POST /wake` | let parked long polls return |
 * | `GET /health` | kernel id, running cell, memory |
 */

/** Limits on what is believed of a sandbox. */
const name = z.string().min(1).max(200);
const text = z.string().max(2_000_000);

/** One parameter or field: how it is called in Python, and the schema its value must match. */
export const FunctionField = z.object({
  name: z.string(),
  /** The type as a Python programmer writes it, for signatures and help. */
  pythonType: z.string(),
  required: z.boolean(),
  default: z.unknown().optional(),
  description: z.string().optional(),
});
export type FunctionField = z.infer<typeof FunctionField>;

/** A host tool as the kernel needs it to make a Python function. */
export const ToolFunction = z.object({
  name: z.string(),
  description: z.string(),
  parameters: z.array(FunctionField),
});
export type ToolFunction = z.infer<typeof ToolFunction>;

/** `POST /kernel`. */
export const StartKernel = z.object({
  /** Names of inputs already sent; each becomes a variable. */
  inputs: z.array(z.string()),
  outputs: z.array(FunctionField),
  tools: z.array(ToolFunction),
  /** Whether `rlm_query*` exist: a standalone REPL has no sub-agents. */
  subAgents: z.boolean(),
  /** Whether `llm_query*` exist. */
  queries: z.boolean(),
  /** Whether there is a clone at `/workspace`, with functions to edit it. */
  workspace: z.boolean().optional(),
  /** Seeds hashing and `random`, so that a rebuilt kernel goes the same way. */
  seed: z.number().int(),
});
export type StartKernel = z.infer<typeof StartKernel>;

export const KernelStarted = z.object({ kernelId: name });

/** `POST /inputs`. */
export interface SetInput {
  kernelId: string;
  name: string;
}

/** `POST /workspace`. All paths are the sandbox's own. */
export interface CloneWorkspace {
  /** A bare repository, from which the clone takes its objects. */
  source: string;
  directory: string;
  state: string;
  /** What the clone names as its origin. */
  origin: string;
  branch: string | null;
  commit: string;
}

/** A job that takes longer than was waited for is asked about again. */
const JobRunning = z.object({ running: z.literal(true) });

const jobFailed = { ok: z.literal(false), kind: name, error: z.string().max(4_000) };

export const WorkspaceCloned = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), files: z.number().int().nonnegative() }),
  z.object(jobFailed),
]);
export type WorkspaceCloned = z.infer<typeof WorkspaceCloned>;

/** `POST /patch`. */
export interface MakePatch {
  /** Which attempt this is: each takes the patch anew. */
  attempt: number;
  directory: string;
  state: string;
  /** Where the commit's objects are. */
  objects: string;
  commit: string;
}

export const PatchMade = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    bytes: z.number().int().nonnegative(),
    files: z.number().int().nonnegative(),
    /** What is not in it, and why: one sentence each. */
    remarks: z.array(z.string().max(4_000)).max(100),
  }),
  z.object(jobFailed),
]);
export type PatchMade = z.infer<typeof PatchMade>;

export const CloneProgress = z.union([JobRunning, WorkspaceCloned]);
export const PatchProgress = z.union([JobRunning, PatchMade]);

/** `GET /patch`. */
export const PatchPart = z.object({ data: z.base64() });

/** `POST /cells`. */
export interface StartCell {
  cellId: string;
  kernelId: string;
  code: string;
  timeoutMs: number;
}
export const CellStarted = z.object({
  state: z.enum(['running', 'ended']),
  /** The cursor just before this cell's first event. */
  after: z.number().int().nonnegative(),
});
export type CellStarted = z.infer<typeof CellStarted>;

/** Output of one stream over a whole cell: all of it, or its head and tail. Lengths are characters. */
export const StreamText = z.object({
  head: text,
  /** Empty when `head` is everything. */
  tail: text,
  length: z.number().int().nonnegative(),
});
export type StreamText = z.infer<typeof StreamText>;

export const CellError = z.object({
  /** The exception's class, such as `ValueError`. */
  type: name,
  message: z.string().max(100_000),
  /** Frames of the model's own code only. */
  traceback: z.string().max(200_000),
});
export type CellError = z.infer<typeof CellError>;

/** How a cell ended. */
export const CellStatus = z.enum([
  'ok',
  'error',
  'submitted',
  /** Its time ran out; the kernel was interrupted and kept its state. */
  'timeout',
  /** The host interrupted it. */
  'interrupted',
  /** The kernel died, or had to be killed: a new one must be started, and its variables are gone. */
  'kernel-died',
]);
export type CellStatus = z.infer<typeof CellStatus>;

const event = { seq: z.number().int().positive(), cellId: name };

export const OutputEvent = z.object({
  ...event,
  type: z.literal('output'),
  stream: z.enum(['stdout', 'stderr']),
  text,
});

export const CallFunction = z.string().min(1).max(100);

/** Running Python asks the host for something. */
export const CallEvent = z.object({
  ...event,
  type: z.literal('call'),
  /** Unique within the agent: cell, function, hash of arguments, k for the k-th identical call of the cell. */
  callId: name,
  function: CallFunction,
  /** `llm_query*`: {prompts, schema?…}; `rlm_query*`: {tasks: [{task, context}]}; a tool: its arguments by name. */
  arguments: z.record(z.string(), z.unknown()),
  /** How many items the answer has: 1, or a batch's length. */
  count: z.number().int().positive(),
  /** True for a batch, whose failed items are strings rather than an exception. */
  batch: z.boolean(),
  /** True when nothing in the cell can go on before this is answered, so that no other call can come meanwhile. */
  alone: z.boolean(),
});
export type CallEvent = z.infer<typeof CallEvent>;

/** `SUBMIT`, `FINAL` or `FINAL_VAR` was executed; the values wait for the host's verdict, which is the answer. */
export const SubmitEvent = z.object({
  ...event,
  type: z.literal('submit'),
  callId: name,
  values: z.record(z.string(), z.unknown()),
});
export type SubmitEvent = z.infer<typeof SubmitEvent>;

export const EndedEvent = z.object({
  ...event,
  type: z.literal('ended'),
  status: CellStatus,
  stdout: StreamText,
  stderr: StreamText,
  error: CellError.nullable(),
  /** What happened to the kernel, in a sentence for the model, when it died. */
  note: z.string().max(2_000).nullable(),
  /** Run time without the time spent waiting for answers. */
  durationMs: z.number().nonnegative(),
});
export type EndedEvent = z.infer<typeof EndedEvent>;

export const BrokerEvent = z.discriminatedUnion('type', [OutputEvent, CallEvent, SubmitEvent, EndedEvent]);
export type BrokerEvent = z.infer<typeof BrokerEvent>;

export const Events = z.object({
  events: z.array(BrokerEvent).max(5_000),
  /** To be given as `after` next. */
  cursor: z.number().int().nonnegative(),
  kernelId: name.nullable(),
});
export type Events = z.infer<typeof Events>;

/**
 * One item of an answer. For a call that is not a batch, the index is 0. An error at index -1 refuses the whole call,
 * which then raises, also when it is a batch.
 */
export type AnswerItem = { index: number; value: unknown } | { index: number; error: string };

/** `POST /answers`. */
export interface Answers {
  kernelId: string;
  callId: string;
  items: AnswerItem[];
}

export const Health = z.object({
  kernelId: name.nullable(),
  cellId: name.nullable(),
  python: z.string(),
  memoryBytes: z.number().nonnegative(),
});
export type Health = z.infer<typeof Health>;
