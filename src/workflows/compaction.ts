import { ApplicationFailure } from '@temporalio/workflow';
import type { Compacted } from '../agent/compaction.ts';
import { isCompactionDue, nextTokens, shownOutputLimit, windowAfterRefusal } from '../agent/context-room.ts';
import type { ModelTurn, Turn } from '../agent/turn.ts';
import { account } from './account.ts';
import { anywhere } from './activities.ts';
import { whilePaused } from './control.ts';
import { isFailureOf, readableFailure } from './failures.ts';
import { giveHistory, historyVariable } from './history-variable.ts';
import { surviving } from './recovery.ts';
import type { RunningAgent } from './running-agent.ts';

/** Compacts the conversation where what is said next would come near the model's window. Returns why the agent must end, or null. */
export async function makeRoom(agent: RunningAgent, turn: Turn): Promise<string | null> {
  const { contextWindow, contextTokens } = agent;
  if (contextWindow === null) return null;
  const state = {
    contextTokens,
    contextWindow,
    outputCharacters: outputCharacters(agent, turn),
    newReplies: newReplies(agent),
  };
  return isCompactionDue(state) ? compact(agent, agent.iteration, 'whole') : null;
}

/** The turn with no more output than the window has room for. */
export function withinWindow(turn: Turn, { contextWindow }: Pick<RunningAgent, 'contextWindow'>): Turn {
  if (turn.kind !== 'observation') return turn;
  return { ...turn, outputLimit: shownOutputLimit(turn.outputLimit, contextWindow) };
}

/** What the model replied, or why the agent must end. */
export type Asked = { kind: 'replied'; value: ModelTurn } | { kind: 'limit'; reason: string };

/** Asks the model; where its provider finds the conversation too long, compacts it and asks once more. */
export async function askCompactedIfTooLong(
  agent: RunningAgent,
  turn: Turn,
  ask: (agent: RunningAgent, turn: Turn) => Promise<ModelTurn>,
): Promise<Asked> {
  try {
    return { kind: 'replied', value: await ask(agent, turn) };
  } catch (error) {
    if (!isTooLong(agent, error)) throw error;
    if (agent.transcript === null) throw tooLongFromTheStart(error);
    learnWindow(agent, outputCharacters(agent, turn));
  }
  // That of the iteration under way is what is asked for.
  const reason = await compact(agent, agent.iteration - 1, 'cut');
  if (reason !== null) return { kind: 'limit', reason };
  try {
    return { kind: 'replied', value: await ask(agent, turn) };
  } catch (error) {
    if (!isTooLong(agent, error)) throw error;
    return { kind: 'limit', reason: stillTooLong(agent) };
  }
}

/** Whether a model's provider found the conversation too long, and the agent is one that compacts. */
export function isTooLong({ prepared }: RunningAgent, error: unknown): boolean {
  return prepared.contextWindow !== undefined && isFailureOf(error, 'ModelContextLength');
}

/** Takes the window for smaller than it was said to be, and returns how many tokens surely fit into it. */
export function learnWindow(agent: RunningAgent, nextCharacters: number): number {
  const { contextTokens, contextWindow, prepared } = agent;
  const refused = nextTokens({ contextTokens, outputCharacters: nextCharacters });
  agent.contextWindow = windowAfterRefusal(contextWindow ?? refused, contextTokens, refused);
  if (contextWindow !== null && contextWindow === prepared.contextWindow) {
    agent.remarks.push(
      `the context window of ${prepared.model} is smaller than ${contextWindow} tokens: set it under model.context_windows in the config file`,
    );
  }
  return fittingTokens(agent.contextWindow);
}

function fittingTokens(contextWindow: number): number {
  return Math.floor(contextWindow / 2);
}

/** Returns why the agent must end: at the cap, at a budget, or because nothing makes the conversation short enough. */
async function compact(agent: RunningAgent, replies: number, mode: 'whole' | 'cut'): Promise<string | null> {
  const { maxCompactions } = agent.prepared.limits;
  if (agent.compactions.length >= maxCompactions) {
    return `maxCompactions: the conversation was compacted ${maxCompactions} times, and nears the model's context window again`;
  }
  await whilePaused(agent);
  agent.phase = 'thinking';
  const compacted = mode === 'whole' ? await sumUpWhole(agent, replies) : await sumUpCut(agent, replies);
  if (compacted === null) return stillTooLong(agent);
  const { transcript, contextTokens, usage } = compacted;
  agent.compactions.push({ afterIteration: replies, transcript });
  agent.transcript = transcript;
  agent.contextTokens = contextTokens;
  account(agent, usage);
  await surviving(agent, () => giveHistory(agent));
  await whilePaused(agent);
  return agent.budget.refusal();
}

async function sumUpWhole(agent: RunningAgent, replies: number): Promise<Compacted | null> {
  try {
    return await sumUp(agent, replies, null);
  } catch (error) {
    if (!isTooLong(agent, error)) throw error;
    learnWindow(agent, 0);
    return sumUpCut(agent, replies);
  }
}

/** Null: the provider found the conversation too long however much of it was cut. */
async function sumUpCut(agent: RunningAgent, replies: number): Promise<Compacted | null> {
  try {
    return await sumUp(agent, replies, fittingTokens(windowOf(agent)));
  } catch (error) {
    if (!isTooLong(agent, error)) throw error;
    return null;
  }
}

function sumUp(agent: RunningAgent, replies: number, fitTokens: number | null): Promise<Compacted> {
  const { lineage, prepared, transcript, compactions } = agent;
  if (transcript === null) throw new Error('nothing was said yet');
  const number = compactions.length + 1;
  return anywhere.compactTranscript.executeWithOptions({ summary: `compaction ${number}: summary` }, [
    {
      lineage,
      number,
      model: prepared.model,
      transcript,
      replies,
      contextWindow: windowOf(agent),
      fitTokens,
      variable: historyVariable(prepared),
    },
  ]);
}

function windowOf({ contextWindow }: RunningAgent): number {
  if (contextWindow === null) throw new Error('the context window is not known');
  return contextWindow;
}

function newReplies({ iteration, compactions }: RunningAgent): number {
  return iteration - (compactions.at(-1)?.afterIteration ?? 0);
}

/** What is going to be shown at most: of an output that is an artifact, its bytes are known. */
function outputCharacters(agent: RunningAgent, turn: Turn): number {
  const shown = withinWindow(turn, agent);
  return shown.kind === 'observation' ? Math.min(shown.outputLimit, shown.output.bytes) : 0;
}

function stillTooLong({ prepared, remarks }: RunningAgent): string {
  const reason = `${prepared.model} finds the conversation too long also when it is compacted; set its window under model.context_windows in the config file, or use a model with a larger one`;
  remarks.push(reason);
  return reason;
}

function tooLongFromTheStart(error: unknown): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `${readableFailure(error)}; the first message alone is too long for this model: use one with a larger context window, or shorten the instructions`,
    'ModelContextLength',
  );
}
