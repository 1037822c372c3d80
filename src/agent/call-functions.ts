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
