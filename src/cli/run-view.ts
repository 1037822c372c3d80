import type { AgentError, Status } from '../agent/agent-result.ts';
import { depthOf, isScripted } from '../agent/names.ts';
import { addModelUsage, noModelUsage } from '../agent/sum-usage.ts';
import type { ModelUsage } from '../agent/usage.ts';
import type { RunEvent } from '../client/run-events.ts';

/** What is known of one agent from the events so far. Times are milliseconds since the epoch. */
export interface AgentView {
  agentId: string;
  depth: number;
  task: string | null;
  status: 'running' | Status;
  error: AgentError | null;
  /** No call of a model starts. */
  paused: boolean;
  /** What it does now, in a few words. */
  doing: string;
  iteration: number;
  startedAt: number;
  endedAt: number | null;
  /** Of the agent itself, without its sub-agents. */
  usage: ModelUsage;
  modelCalls: number;
  subQueries: number;
  /** Calls of the running cell that wait for their answers, by function. */
  waitingFor: Readonly<Record<string, number>>;
  children: readonly string[];
}

/** What is known of a run. */
export interface RunView {
  runId: string;
  agents: ReadonlyMap<string, AgentView>;
  sandboxes: number;
  /** Whether a scripted model answers; null until that is known. */
  scripted: boolean | null;
}

/** A run of which nothing is known yet. */
export function newRunView(runId: string, scripted: boolean | null = null): RunView {
  return { runId, agents: new Map(), sandboxes: 0, scripted };
}

/** The view after one more event. */
export function reduceRun(view: RunView, event: RunEvent): RunView {
  const before = view.agents.get(event.agentId) ?? newAgentView(event.agentId, event.at);
  const agents = new Map(view.agents).set(event.agentId, reduceAgent(before, event));
  const sandboxes = view.sandboxes + (event.type === 'sandbox-opened' ? 1 : 0);
  const model = event.type === 'agent-started' ? event.model : null;
  const scripted = view.scripted || (model === null ? view.scripted : isScripted(model));
  return { ...view, agents, sandboxes, scripted };
}

function newAgentView(agentId: string, startedAt: number): AgentView {
  return {
    agentId,
    depth: depthOf(agentId),
    task: null,
    status: 'running',
    error: null,
    paused: false,
    doing: 'starting',
    iteration: 0,
    startedAt,
    endedAt: null,
    usage: noModelUsage,
    modelCalls: 0,
    subQueries: 0,
    waitingFor: {},
    children: [],
  };
}

function reduceAgent(agent: AgentView, event: RunEvent): AgentView {
  switch (event.type) {
    case 'agent-started':
      return { ...agent, depth: event.depth, task: event.task, startedAt: event.at };
    case 'agent-prepared':
      return agent;
    case 'sandbox-opened':
      return { ...agent, doing: 'sandbox is ready' };
    case 'sandbox-rebuilt':
      return { ...agent, doing: 'building its lost sandbox again', waitingFor: {} };
    case 'iteration-started':
      return { ...agent, iteration: event.iteration, doing: 'asking the model', waitingFor: {} };
    case 'model-replied':
      return { ...spent(agent, event.usage, 1), doing: event.code === null ? 'replied without code' : 'running code' };
    case 'call-started':
      return withCalls(agent, event.function, event.count);
    case 'call-ended': {
      const calls = withCalls(agent, event.function, -event.count);
      if (event.usage === null) return calls;
      return { ...spent(calls, event.usage, 0), subQueries: agent.subQueries + event.count };
    }
    case 'sub-agent-started':
      return { ...agent, children: [...agent.children, event.subAgentId] };
    case 'cell-ended':
      return { ...agent, doing: event.status === 'submitted' ? 'submitted' : 'code has run', waitingFor: {} };
    case 'steered':
      return event.verb === 'pause' || event.verb === 'resume' ? { ...agent, paused: event.verb === 'pause' } : agent;
    case 'transcript-compacted':
      return { ...spent(agent, event.usage, 1), doing: 'shortened its conversation' };
    case 'extraction-started':
      return { ...agent, doing: 'answering from what it has' };
    case 'extraction-ended':
      return spent(agent, event.usage, 1);
    case 'retrying':
      return { ...agent, doing: `${event.activity}, attempt ${event.attempt}: ${event.message}` };
    case 'waiting':
      return { ...agent, doing: `waiting: ${event.message}` };
    case 'agent-ended':
      return {
        ...agent,
        status: event.status,
        error: event.error,
        endedAt: event.at,
        doing: event.status,
        waitingFor: {},
      };
  }
}

function spent(agent: AgentView, usage: ModelUsage, modelCalls: number): AgentView {
  return { ...agent, usage: addModelUsage(agent.usage, usage), modelCalls: agent.modelCalls + modelCalls };
}

function withCalls(agent: AgentView, name: string, change: number): AgentView {
  const { [name]: waiting = 0, ...others } = agent.waitingFor;
  const now = waiting + change;
  return { ...agent, waitingFor: now > 0 ? { ...others, [name]: now } : others };
}

/** What the run has used so far. */
export function totalsOf(view: RunView) {
  const agents = [...view.agents.values()];
  return {
    usage: agents.reduce((sum, agent) => addModelUsage(sum, agent.usage), noModelUsage),
    modelCalls: agents.reduce((sum, agent) => sum + agent.modelCalls, 0),
    subQueries: agents.reduce((sum, agent) => sum + agent.subQueries, 0),
    iterations: agents.reduce((sum, agent) => sum + agent.iteration, 0),
    subAgents: Math.max(0, agents.length - 1),
    sandboxes: view.sandboxes,
  };
}

/** What an agent does now, with the calls that it waits for. */
export function activityOf(agent: AgentView, view: RunView): string {
  if (agent.paused && agent.status === 'running') return 'paused';
  const calls = Object.entries(agent.waitingFor).map(([name, count]) => (count === 1 ? name : `${name} × ${count}`));
  const children = agent.children.filter((child) => view.agents.get(child)?.status === 'running').length;
  if (agent.status === 'running' && children > 0) calls.push(children === 1 ? 'sub-agent' : `sub-agents × ${children}`);
  return calls.length > 0 ? `waiting for ${calls.join(', ')}` : agent.doing;
}

/** The agents in the order of the tree, each parent before its sub-agents. */
export function agentsInOrder(view: RunView, from = view.runId): AgentView[] {
  const agent = view.agents.get(from);
  return agent ? [agent, ...agent.children.flatMap((child) => agentsInOrder(view, child))] : [];
}
