import type { CreateSandbox } from '@daytona/api-client';
import { z } from 'zod';

const text = z.string().exactOptional();
const number = z.number().exactOptional();
const flag = z.boolean().exactOptional();
const texts = z.record(z.string(), z.string()).exactOptional();

/** What a request for a sandbox may say, as far as anything comes of it here. */
export const NewSandboxRequest = z.object({
  name: text,
  snapshot: text,
  buildInfo: z
    .object({ dockerfileContent: z.string(), contextHashes: z.array(z.string()).exactOptional() })
    .exactOptional(),
  user: text,
  env: texts,
  labels: texts,
  public: flag,
  target: text,
  cpu: number,
  gpu: number,
  memory: number,
  disk: number,
  autoStopInterval: number,
  autoArchiveInterval: number,
  autoDeleteInterval: number,
  ttlMinutes: number,
  networkBlockAll: flag,
  networkAllowList: text,
  domainAllowList: text,
}) satisfies z.ZodType<CreateSandbox>;
