import { z } from 'zod';
import { LimitsInput } from '../agent/limits.ts';

/** US dollars per million tokens. */
export const Price = z.strictObject({
  input: z.number().nonnegative(),
  cachedInput: z.number().nonnegative().optional(),
  output: z.number().nonnegative(),
});
export type Price = z.infer<typeof Price>;

export const TemporalSettings = z.object({
  /** Null: the embedded server. */
  address: z.string().nullable(),
  namespace: z.string(),
  apiKey: z.string().nullable(),
  tls: z
    .object({ certificateFile: z.string().optional(), keyFile: z.string().optional(), caFile: z.string().optional() })
    .nullable(),
  /** Where workers and clients meet. */
  taskQueue: z.string(),
});
export type TemporalSettings = z.infer<typeof TemporalSettings>;

export const ModelSettings = z.object({
  openaiApiKey: z.string().nullable(),
  openaiBaseUrl: z.string().nullable(),
  openrouterApiKey: z.string().nullable(),
  anthropicApiKey: z.string().nullable(),
  /** Used where the provider's own variable is not set. */
  anyApiKey: z.string().nullable(),
  /** By `provider/name`. What is missing has an unknown cost, unless the provider reports it. */
  prices: z.record(z.string(), Price),
  /** Whether replies of agents are asked for in pieces, so that they can be read while they are written. */
  stream: z.boolean(),
  /** Tokens, by `provider/name`, for models whose context window is not what is known of them. */
  contextWindows: z.record(z.string(), z.number().int().positive()),
  /** Scripts of `scripted/NAME` beside the bundled ones: name to module path. */
  scripts: z.record(z.string(), z.string()),
  /** How long the scripted model waits before it answers. */
  scriptedLatencyMs: z.number().nonnegative(),
});
export type ModelSettings = z.infer<typeof ModelSettings>;

/** Tokens for private repositories. They go to git on the host, and nowhere else. */
export const RepositoryCredentials = z.object({
  /** For the host of whatever repository is asked for, over https. */
  token: z.string().nullable(),
  /** What goes with the token as user name; null: `x-access-token`. */
  username: z.string().nullable(),
  /** For github.com and gitlab.com alone. */
  githubToken: z.string().nullable(),
  gitlabToken: z.string().nullable(),
});
export type RepositoryCredentials = z.infer<typeof RepositoryCredentials>;

/** How sandboxes are made at Daytona. Null: as Daytona does by default. */
export const DaytonaSettings = z.object({
  apiKey: z.string().nullable(),
  apiUrl: z.string().nullable(),
  /** The region. */
  target: z.string().nullable(),
  image: z.string().nullable(),
  snapshot: z.string().nullable(),
  /** Cores, and GiB of memory and disk. */
  cpu: z.number().nullable(),
  memory: z.number().nullable(),
  disk: z.number().nullable(),
  /** Variables of processes in the sandbox; never the worker's own. */
  environment: z.record(z.string(), z.string()),
  networkBlockAll: z.boolean(),
  /** CIDR blocks; empty: no such list. */
  networkAllowList: z.array(z.string()),
});
export type DaytonaSettings = z.infer<typeof DaytonaSettings>;

/** One version of a Temporal Worker Deployment. */
export const Deployment = z.object({ name: z.string(), buildId: z.string() });
export type Deployment = z.infer<typeof Deployment>;

export const WorkerSettings = z.object({
  /** What workers that last say they are; null: they are not versioned. */
  deployment: Deployment.nullable(),
  /** Seconds that a worker which is told to stop gives to what it has in hand. */
  shutdownGrace: z.number().nonnegative(),
});
export type WorkerSettings = z.infer<typeof WorkerSettings>;

/** Everything that the environment, `.env` and the config file decide, in one plain value. */
export const Settings = z.object({
  /** Absolute path of `RLM_DATA_DIR`. */
  dataDirectory: z.string(),
  /** `file:/absolute/path` or `s3://bucket/prefix`. */
  artifacts: z.string(),
  sandbox: z.enum(['local', 'daytona']),
  temporal: TemporalSettings,
  models: ModelSettings,
  repositories: RepositoryCredentials,
  daytona: DaytonaSettings,
  worker: WorkerSettings,
  /** The root's model. */
  model: z.string(),
  /** The model that serves `llm_query*`; null: the root's. */
  subModel: z.string().nullable(),
  limits: LimitsInput,
});
export type Settings = z.infer<typeof Settings>;
