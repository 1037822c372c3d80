/** The workflow type of every agent. */
export const agentWorkflowType = 'agent';

/** The workflow query that answers with an `AgentState`. */
export const stateQuery = 'state';

/** The workflow query that answers with an `OpenJournal`. */
export const journalQuery = 'journal';
