import { depthOf, parentOf } from '../agent/names.ts';
import { addModelUsage, newUsage } from '../agent/sum-usage.ts';
import type { ModelUsage } from '../agent/usage.ts';
import type { RunEvent } from '../client/run-events.ts';
import {
  type AgentOutline,
  answerText,
  type CallOutline,
  compactedText,
  type IterationOutline,
  type RunOutline,
  standingOf,
  toldCalls,
} from './outline.ts';

/** A run of which nothing is known yet. */
export function newOutline(runId: string): RunOutline {
  return {
    runId,
    scripted: null,
    signature: null,
    limits: null,
    repository: null,
    commit: null,
    agents: new Map(),
  };
}

/**
 * Takes one more event into the outline. The changed agent, and the changed iteration, become new objects, by which
 * whoever shows them sees that they changed; the lists in them are added to in place.
 */
export function applyEvent(outline: RunOutline, event: RunEvent): void {
  const before = outline.agents.get(event.agentId) ?? newAgent(event.agentId, event.at);
  const agent = { ...before };
  outline.agents.set(event.agentId, agent);
  if (event.type === 'agent-started' || event.type === 'agent-prepared') applyToRun(outline, event);
  applyToAgent(agent, event);
  if (event.type === 'agent-ended') subAgentEnded(outline, agent, event.at);
}

function applyToRun(outline: RunOutline, event: Extract<RunEvent, { type: 'agent-started' | 'agent-prepared' }>): void {
  const model = event.type === 'agent-started' ? event.model : event.prepared.model;
  if (model !== null) outline.scripted = outline.scripted || model.startsWith('scripted/');
  if (event.type !== 'agent-prepared' || event.agentId !== outline.runId) return;
  const { signature, limits, workspace } = event.prepared;
  outline.signature = signature.text;
  outline.limits = limits;
  outline.repository = workspace?.repository ?? null;
  outline.commit = workspace?.commit ?? null;
}

function newAgent(agentId: string, startedAt: number): AgentOutline {
  const depth = depthOf(agentId);
  return {
    agentId,
    parentId: parentOf(agentId),
    depth,
    task: '',
    model: null,
    status: 'running',
    finish: null,
    error: null,
    answer: null,
    hasPatch: false,
    startedAt,
    endedAt: null,
    parentIteration: null,
    usage: newUsage(depth),
    recoveries: 0,
    remarks: [],
    paused: false,
    iterations: [],
    children: [],
    doing: 'starting',
    extraction: null,
    sandboxId: null,
  };
}

function applyToAgent(agent: AgentOutline, event: RunEvent): void {
  const { at } = event;
  switch (event.type) {
    case 'agent-started':
      Object.assign(agent, { depth: event.depth, task: event.task ?? '', model: event.model, startedAt: at });
      break;
    case 'agent-prepared':
      agent.model = event.prepared.model;
      agent.doing = 'waiting for its sandbox';
      break;
    case 'sandbox-opened':
      agent.sandboxId = event.sandboxId;
      agent.usage = { ...agent.usage, sandboxes: agent.usage.sandboxes + 1 };
      agent.doing = 'sandbox is ready';
      break;
    case 'sandbox-rebuilt':
      agent.sandboxId = event.sandboxId;
      agent.recoveries += 1;
      agent.doing = 'building its lost sandbox again';
      break;
    case 'iteration-started':
      agent.iterations.push(newIteration(event.iteration, at));
      agent.usage = { ...agent.usage, iterations: event.iteration };
      agent.doing = 'asking the model';
      break;
    case 'model-replied': {
      spend(agent, event.usage, 'modelCalls', 1);
      const iteration = changed(agent, event.iteration, at);
      iteration.repliedAt = at;
      if (event.code === null) Object.assign(iteration, { endedAt: at, status: 'no-code' });
      agent.doing = event.code === null ? 'replied without code' : 'running code';
      break;
    }
    case 'call-started':
      callStarted(changed(agent, event.iteration, at), event);
      break;
    case 'call-ended':
      // A cell that is run again in another sandbox is given the answers that it had.
      if (callEnded(changed(agent, event.iteration, at), event) && event.usage) {
        spend(agent, event.usage, 'subQueries', event.count);
      }
      break;
    case 'sub-agent-started':
      putInOrder(agent.children, event.subAgentId);
      subAgentStarted(changed(agent, event.iteration, at), event);
      break;
    case 'cell-ended': {
      const { status, preview } = event;
      Object.assign(changed(agent, event.iteration, at), { status, preview, endedAt: at });
      agent.doing = status === 'submitted' ? 'submitted' : 'code has run';
      break;
    }
    case 'steered':
      if (event.verb === 'pause' || event.verb === 'resume') agent.paused = event.verb === 'pause';
      agent.remarks = [...agent.remarks, steeredText(event)];
      break;
    case 'transcript-compacted':
      spend(agent, event.usage, 'modelCalls', 1);
      agent.remarks = [...agent.remarks, compactedText(event.iteration)];
      agent.doing = 'shortened its conversation';
      break;
    case 'waiting':
      agent.doing = `waiting: ${event.message}`;
      break;
    case 'extraction-started':
      agent.extraction = { startedAt: at, endedAt: null, reason: event.reason };
      agent.doing = 'answering from what it has';
      break;
    case 'extraction-ended':
      spend(agent, event.usage, 'modelCalls', 1);
      agent.extraction = { startedAt: at, reason: '', ...agent.extraction, endedAt: at };
      break;
    case 'retrying':
      agent.doing = `${event.activity}, attempt ${event.attempt}: ${event.message}`;
      break;
    case 'agent-ended':
      ended(agent, event);
      break;
  }
}

function steeredText({ verb, detail }: CallEvent<'steered'>): string {
  switch (verb) {
    case 'tell':
      return `it was told: ${detail}`;
    case 'retry':
      return `${detail} was started afresh`;
    default:
      return `it was ${verb}d`;
  }
}

function ended(agent: AgentOutline, event: Extract<RunEvent, { type: 'agent-ended' }>): void {
  const { output } = event;
  const answer = output && ('artifact' in output ? output.preview : answerText(output.value));
  const { status, error } = event;
  Object.assign(agent, { status, error, endedAt: event.at, finish: event.finish ?? null, answer: answer ?? null });
  agent.doing = status;
  agent.paused = false;
  const last = agent.iterations.at(-1);
  if (last && last.endedAt === null) changed(agent, last.index, event.at).endedAt = event.at;
}

function newIteration(index: number, startedAt: number): IterationOutline {
  return { index, startedAt, repliedAt: null, endedAt: null, status: null, preview: '', calls: [], furtherCalls: 0 };
}

/** The iteration of that number, as a new object in its place. */
function changed(agent: AgentOutline, index: number, at: number): IterationOutline {
  let place = agent.iterations.length - 1;
  while (place >= 0 && agent.iterations[place]?.index !== index) place -= 1;
  if (place < 0) place = agent.iterations.length;
  const iteration = { ...(agent.iterations[place] ?? newIteration(index, at)) };
  agent.iterations[place] = iteration;
  return iteration;
}

function newCall(key: string, name: string, count: number, startedAt: number): CallOutline {
  const times = { startedAt, endedAt: null };
  return {
    key,
    function: name,
    count,
    failed: 0,
    status: 'running',
    ...times,
    agents: [],
    costUsd: 0,
    begun: [],
    ended: [],
  };
}

function addCall(iteration: IterationOutline, call: CallOutline): void {
  if (iteration.calls.length >= toldCalls) iteration.furtherCalls += 1;
  else iteration.calls.push(call);
}

type CallEvent<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

/** The parts of a large batch are one call. */
function callStarted(iteration: IterationOutline, event: CallEvent<'call-started'>): void {
  const { callId, function: name, count, at, from = 0 } = event;
  const known = iteration.calls.find(({ key }) => key === callId);
  if (!known) addCall(iteration, { ...newCall(callId ?? `${iteration.calls.length}`, name, count, at), begun: [from] });
  else if (!known.begun.includes(from)) {
    known.begun.push(from);
    known.count += count;
  }
}

/** Returns whether this was news. */
function callEnded(iteration: IterationOutline, event: CallEvent<'call-ended'>): boolean {
  const { callId, failed, usage, at, from = 0 } = event;
  const call = iteration.calls.find(({ key }) => key === callId);
  if (!call) return true;
  if (call.ended.includes(from)) return false;
  call.ended.push(from);
  call.failed += failed;
  call.endedAt = at;
  if (usage) call.costUsd = call.costUsd === null || usage.costUsd === null ? null : call.costUsd + usage.costUsd;
  if (call.ended.length >= call.begun.length) call.status = call.failed === call.count ? 'error' : 'ok';
  return true;
}

const byNumber = new Intl.Collator('en', { numeric: true });

/** Sub-agents of a batch begin in any order, and are shown in that of their tasks. */
function putInOrder(agentIds: string[], agentId: string): void {
  let place = agentIds.length;
  while (place > 0 && byNumber.compare(agentIds[place - 1] ?? '', agentId) > 0) place -= 1;
  agentIds.splice(place, 0, agentId);
}

/** All sub-agents of a batch are one call. One that is started afresh is there beside its first attempt. */
function subAgentStarted(iteration: IterationOutline, event: CallEvent<'sub-agent-started'>): void {
  const { subAgentId, at, call = { callId: subAgentId, function: 'rlm_query', count: 1 } } = event;
  const known = iteration.calls.find(({ key }) => key === call.callId);
  if (known) {
    putInOrder(known.agents, subAgentId);
    Object.assign(known, { status: 'running', endedAt: null });
  } else {
    addCall(iteration, { ...newCall(call.callId, call.function, call.count, at), agents: [subAgentId] });
  }
}

/** The call that started it has ended when all of them have. */
function subAgentEnded(outline: RunOutline, { agentId, parentId }: AgentOutline, at: number): void {
  const before = parentId === null ? undefined : outline.agents.get(parentId);
  const place = before?.iterations.find(({ calls }) => calls.some(({ agents }) => agents.includes(agentId)));
  if (!before || !place) return;
  const parent = { ...before };
  outline.agents.set(parent.agentId, parent);
  const call = changed(parent, place.index, at).calls.find(({ agents }) => agents.includes(agentId));
  if (!call) return;
  const { done, failed } = standingOf(outline, call);
  call.failed = failed;
  if (done + failed < call.count) return;
  Object.assign(call, { endedAt: at, status: failed === call.count ? 'error' : 'ok' });
}

function spend(agent: AgentOutline, usage: ModelUsage, counter: 'modelCalls' | 'subQueries', count: number): void {
  agent.usage = { ...agent.usage, ...addModelUsage(agent.usage, usage), [counter]: agent.usage[counter] + count };
}
