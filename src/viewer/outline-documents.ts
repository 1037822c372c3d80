import { parentOf } from '../agent/names.ts';
import { newUsage } from '../agent/sum-usage.ts';
import type {
  AgentDocument,
  AgentRecord,
  CallDocument,
  IterationDocument,
  RunDocument,
} from '../results/run-document.ts';
import {
  type AgentOutline,
  answerText,
  type CallOutline,
  compactedText,
  type IterationOutline,
  type RunOutline,
  toldCalls,
} from './outline.ts';

/** How much of what a cell showed stands in the outline. */
const previewCharacters = 200;

/** The outline of a run that has ended, from its results. */
export function outlineOfDocument(document: RunDocument): RunOutline {
  const agents = new Map<string, AgentOutline>();
  const add = (agent: AgentDocument) => {
    const children = agent.children.map(({ agentId }) => agentId);
    agents.set(agent.agentId, outlineOfAgent({ ...agent, children }));
    agent.children.forEach(add);
  };
  add(document.root);
  const { runId, scripted, signature, limits, repository = null, commit = null } = document;
  return { runId, scripted, signature, limits, repository, commit, agents };
}

type AgentWithChildren = Omit<
  AgentRecord,
  'lineage' | 'recoveries' | 'signature' | 'limits' | 'patch' | 'inputs' | 'transcript' | 'journal' | 'compactions'
> & {
  patch?: unknown;
  recoveries?: number | undefined;
};

/** The outline of one agent that has ended. */
export function outlineOfAgent(agent: AgentWithChildren): AgentOutline {
  const { agentId, depth, task, model, status, finish, error, children } = agent;
  const startedAt = Date.parse(agent.startedAt);
  return {
    agentId,
    parentId: parentOf(agentId),
    depth,
    task,
    model,
    status,
    finish,
    error: error ?? null,
    answer: answerText(agent.output),
    hasPatch: agent.patch !== undefined,
    startedAt,
    endedAt: startedAt + agent.durationMs,
    parentIteration: agent.parentIteration ?? null,
    usage: agent.usage ?? newUsage(depth),
    recoveries: agent.recoveries ?? 0,
    remarks: remarksOf(agent),
    paused: false,
    iterations: agent.iterations.map(outlineOfIteration),
    children,
    doing: status,
    extraction: null,
    sandboxId: agent.sandboxId,
  };
}

/** What its conversation was shortened to, and what it was forked from, are worth knowing too. */
function remarksOf({ remarks = [], summaries = [], forkOf }: AgentWithChildren): string[] {
  const source = forkOf ? [`a fork of ${forkOf.agentId} after iteration ${forkOf.after}`] : [];
  return [...source, ...summaries.map(({ afterIteration }) => compactedText(afterIteration)), ...remarks];
}

function outlineOfIteration(iteration: IterationDocument): IterationOutline {
  const { index, durationMs, modelMs, code, error, stdout, calls } = iteration;
  const startedAt = Date.parse(iteration.startedAt);
  return {
    index,
    startedAt,
    repliedAt: modelMs === undefined ? null : startedAt + modelMs,
    endedAt: startedAt + durationMs,
    status: iteration.cellStatus ?? (code === null ? 'no-code' : error === null ? 'ok' : 'error'),
    preview: lastLine(error ?? stdout).slice(0, previewCharacters),
    calls: calls.slice(0, toldCalls).map(outlineOfCall),
    furtherCalls: Math.max(0, calls.length - toldCalls),
  };
}

/** Of an error the last line says what it was; of an output the first. */
function lastLine(text: string): string {
  const lines = text.trim().split('\n');
  return (text.startsWith('Traceback') ? lines.at(-1) : lines[0]) ?? '';
}

function outlineOfCall(call: CallDocument, index: number): CallOutline {
  const { callId, function: name, count, failed, status, durationMs, agents = [] } = call;
  const startedAt = Date.parse(call.startedAt);
  const costs = call.items?.length === count ? call.items.map(({ costUsd }) => costUsd ?? null) : [];
  return {
    key: callId ?? `${index}`,
    function: name,
    count,
    failed,
    status,
    startedAt,
    endedAt: startedAt + durationMs,
    agents,
    begun: [],
    ended: [],
    costUsd: costs.length > 0 && costs.every((cost) => cost !== null) ? costs.reduce((a, b) => a + b, 0) : null,
  };
}
