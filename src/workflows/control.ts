import { condition, defineSignal, setHandler } from '@temporalio/workflow';
import { controlSignals, Note, RetryRequest } from '../agent/control.ts';
import { keepingLease } from './keeping-lease.ts';
import type { RunningAgent } from './running-agent.ts';

export const pauseSignal = defineSignal(controlSignals.pause);
export const resumeSignal = defineSignal(controlSignals.resume);
const tellSignal = defineSignal<[unknown]>(controlSignals.tell);
const retrySignal = defineSignal<[unknown]>(controlSignals.retry);

/** Lets users steer the agent. Each verb given twice is as good as once; what is malformed, anyone could have sent, is ignored. */
export function listenToControl(agent: RunningAgent): void {
  setHandler(pauseSignal, () => {
    if (agent.pausedAt !== null) return;
    agent.pausedAt = Date.now();
    agent.remarks.push(`paused in iteration ${agent.iteration}`);
    for (const child of agent.openChildren.values()) child.pass(pauseSignal);
  });
  setHandler(resumeSignal, () => {
    if (agent.pausedAt === null) return;
    agent.pausedMs += Date.now() - agent.pausedAt;
    agent.pausedAt = null;
    agent.remarks.push(`resumed in iteration ${agent.iteration}`);
    for (const child of agent.openChildren.values()) child.pass(resumeSignal);
  });
  setHandler(tellSignal, (given) => {
    const note = Note.safeParse(given).data;
    if (!note) return;
    agent.told.push(note.text);
    agent.remarks.push(`told in iteration ${agent.iteration}: ${note.text}`);
  });
  setHandler(retrySignal, (given) => {
    const request = RetryRequest.safeParse(given).data;
    if (request) agent.openChildren.get(request.agentId)?.retry();
  });
}

/** Waits while the agent is paused: before anything that asks a model. */
export async function whilePaused(agent: RunningAgent): Promise<void> {
  if (agent.pausedAt === null) return;
  const resumed = () => condition(() => agent.pausedAt === null);
  await (agent.open ? keepingLease(agent, resumed) : resumed());
}
