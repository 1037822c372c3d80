import { z } from 'zod';

const queryFunctions: readonly string[] = ['llm_query', 'llm_query_batched'];
const subAgentFunctions: readonly string[] = ['rlm_query', 'rlm_query_batched'];

/** Whether a call asks a model. */
export function isQueryFunction(name: string): boolean {
  return queryFunctions.includes(name);
}

/** Whether a call starts sub-agents. */
export function isSubAgentFunction(name: string): boolean {
  return subAgentFunctions.includes(name);
}

/** Arguments of `llm_query*`. */
export const QueryArguments = z.object({ prompts: z.array(z.string()).min(1) });

/** Arguments of `rlm_query*`. */
export const SubAgentArguments = z.object({
  tasks: z.array(z.object({ task: z.string(), context: z.unknown().optional() })).min(1),
});
