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

/** The id of the root of the run that an agent belongs to. */
export function runOf(agentId: string): string {
  return agentId.split('/', 1)[0] ?? agentId;
}

/** How far below the root of its run an agent is; the root is 0. */
export function depthOf(agentId: string): number {
  return agentId.split('/').length - 1;
}

/** The last part of an agent's id, such as `3.1`; of a root the whole. */
export function shortId(agentId: string): string {
  return agentId.slice(agentId.lastIndexOf('/') + 1);
}

/** The first attempt at a sub-agent's task: one that was started afresh is named `RUN/3.1~2`. */
export function firstAttemptOf(agentId: string): string {
  return agentId.replace(/~\d+$/, '');
}

/** The workflow query that answers with an `AgentState`. */
export const stateQuery = 'state';

/** The workflow query that answers with an `OpenJournal`. */
export const journalQuery = 'journal';
