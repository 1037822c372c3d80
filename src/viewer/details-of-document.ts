import type { AgentDocument, RunDocument } from '../results/run-document.ts';
import type { AgentDetail, CallDetail, IterationDetail } from './details.ts';

/** One agent of a results document; null where there is none of that id. */
export function findAgent(document: RunDocument, agentId: string): AgentDocument | null {
  const stack = [document.root];
  for (let agent = stack.pop(); agent; agent = stack.pop()) {
    if (agent.agentId === agentId) return agent;
    stack.push(...agent.children);
  }
  return null;
}

export function agentDetailOf(agent: AgentDocument, document: RunDocument): AgentDetail {
  const { inputs = [] } = agent;
  const patch = agent.patch ?? (agent === document.root ? document.patch : undefined) ?? null;
  return { ...endingOf(agent), inputs, hasInputs: false, patch, limits: document.limits };
}

/** What an agent's record and a results document both tell of how it ended. */
export function endingOf(agent: Omit<AgentDocument, 'children' | 'patch' | 'inputs'>) {
  const { agentId, output, error = null, remarks = [], summaries = [], model, subModel = null, sandboxId } = agent;
  return { agentId, output, error, remarks, summaries, model, subModel, sandboxId };
}

export function iterationDetailOf(agent: Pick<AgentDocument, 'iterations'>, index: number): IterationDetail | null {
  const iteration = agent.iterations.find((one) => one.index === index);
  if (!iteration) return null;
  const { rawResponse, reasoning, code, stdout, stderr, error } = iteration;
  return { index, rawResponse, reasoning, code, stdout, stderr, error, told: null, running: false };
}

export function callDetailOf(agent: Pick<AgentDocument, 'iterations'>, index: number, key: string): CallDetail | null {
  const calls = agent.iterations.find((one) => one.index === index)?.calls ?? [];
  const call = calls.find(({ callId }, place) => (callId ?? `${place}`) === key);
  return call ? { items: call.items ?? [], complete: call.items?.length === call.count } : null;
}
