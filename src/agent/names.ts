/** The workflow type of every agent. */
export const agentWorkflowType = 'agent';

/** Whether a model is the scripted one, by its name. */
export function isScripted(model: string): boolean {
  return model.startsWith('scripted/');
}

/** The agent that started a sub-agent, by their ids; null for the root of a run. */
export function parentOf(agentId: string): string | null {
  const end = agentId.lastIndexOf('/');
  return end === -1 ? null : agentId.slice(0, end);
}

/** The workflow query that answers with an `AgentState`. */
export const stateQuery = 'state';

/** The workflow query that answers with an `OpenJournal`. */
export const journalQuery = 'journal';
