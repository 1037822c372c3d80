import { z } from 'zod';

/** Arguments of `llm_query*`. */
export const QueryArguments = z.object({ prompts: z.array(z.string()).min(1) });

/** Arguments of `rlm_query*`. */
export const SubAgentArguments = z.object({
  tasks: z.array(z.object({ task: z.string(), context: z.unknown().optional() })).min(1),
});
