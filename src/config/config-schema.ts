import { z } from 'zod';
import { Limits, type LimitsInput } from '../agent/limits.ts';
import { configName, limitNames } from './limit-names.ts';

const text = z.string().min(1);

/** US dollars per million tokens, as a config file writes them. */
const ConfigPrice = z.strictObject({
  input: z.number().nonnegative(),
  cached_input: z.number().nonnegative().optional(),
  output: z.number().nonnegative(),
});

/** Every limit, all optional, without its default: what the file does not say stays unsaid. */
const ConfigLimits = z.strictObject(
  Object.fromEntries(limitNames.map((limit) => [configName(limit), Limits.shape[limit].unwrap().optional()])),
);

/** What a config file may hold. */
export const ConfigFile = z.strictObject({
  model: z
    .strictObject({
      name: text.optional(),
      sub: text.nullish(),
      prices: z.record(z.string(), ConfigPrice).optional(),
      stream: z.boolean().optional(),
      /** Tokens. */
      context_windows: z.record(z.string(), z.number().int().positive()).optional(),
    })
    .optional(),
  rlm: ConfigLimits.optional(),
  sandbox: z.enum(['local', 'daytona']).optional(),
  temporal: z
    .strictObject({ address: text.nullish(), namespace: text.optional(), task_queue: text.optional() })
    .optional(),
  worker: z
    .strictObject({
      deployment: text.nullish(),
      build_id: text.nullish(),
      shutdown_grace: z.number().nonnegative().optional(),
    })
    .optional(),
  daytona: z
    .strictObject({
      image: text.nullish(),
      snapshot: text.nullish(),
      target: text.nullish(),
      cpu: z.number().positive().nullish(),
      memory: z.number().positive().nullish(),
      disk: z.number().positive().nullish(),
      env: z.record(z.string(), z.string()).optional(),
      network_block_all: z.boolean().optional(),
      network_allow_list: z.array(text).optional(),
    })
    .refine(({ image, snapshot }) => !(image && snapshot), 'give image or snapshot, not both')
    .optional(),
  artifacts: text.optional(),
  data_dir: text.optional(),
  scripted: z
    .strictObject({
      latency_ms: z.number().nonnegative().optional(),
      scripts: z.record(z.string(), text).optional(),
    })
    .optional(),
});
export type ConfigFile = z.infer<typeof ConfigFile>;

/** The limits of a config file under the names that the code uses. */
export function configLimits(config: ConfigFile): LimitsInput {
  const given = limitNames.map((limit) => [limit, config.rlm?.[configName(limit)]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
