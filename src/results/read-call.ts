import { answerName, type QueryAnswer, readAllAnswers, ToolAnswer } from '../activities/answer-record.ts';
import { promptsOf } from '../activities/ask-prompts.ts';
import { readJournal } from '../activities/begin-fork.ts';
import type { AnswerSource } from '../agent/journal.ts';
import { promptRanges } from '../agent/prompt-ranges.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { loadValue } from '../artifacts/stored-value.ts';
import type { AgentRecord, CallItemDocument } from './run-document.ts';

/** A call, by what its kept answers are named after. */
export interface CallName {
  callId: string;
  function: string;
  /** How many prompts it has. */
  count: number;
  /** Whose answers it may have: of the agent's own attempt, and of those that it was forked from. */
  sources: readonly AnswerSource[];
}

/** Where the answers to an agent's calls are kept. */
export async function answerSources(store: ArtifactStore, record: AgentRecord): Promise<AnswerSource[]> {
  const { lineage, model, subModel = model, forkOf, journal } = record;
  const earlier = forkOf && journal ? (await readJournal(store, journal)).sources : [];
  return [{ lineage, subModel }, ...earlier];
}

/**
 * What was asked and answered in a call of a model or a tool, in full, as far as answers are there. Empty for a call that
 * the workflow itself answered: one of sub-agents, or one that was refused.
 */
export async function readCallItems(store: ArtifactStore, call: CallName): Promise<CallItemDocument[]> {
  for (const source of call.sources) {
    const items = await readItemsOf(store, call, source);
    if (items.length > 0) return items;
  }
  return [];
}

async function readItemsOf(
  store: ArtifactStore,
  call: CallName,
  { lineage, subModel }: AnswerSource,
): Promise<CallItemDocument[]> {
  const tool = await store.readRecord(answerName(lineage, call.callId));
  if (tool !== null) return [await toolItem(store, ToolAnswer.parse(parse(tool)))];
  const answers: QueryAnswer[] = [];
  for (const { from } of promptRanges(call.count)) {
    answers.push(...(await readAllAnswers(store, answerName(lineage, call.callId, subModel, from))));
  }
  const asked = answers.find((answer) => answer.asked)?.asked;
  const prompts = asked ? promptsOf(call, parse(await store.get(asked))) : [];
  return answers
    .sort((a, b) => a.index - b.index)
    .map(({ index, prompt, answer, durationMs, usage }) => ({
      index,
      prompt: prompt ?? prompts[index] ?? null,
      ...('value' in answer ? { answer: answer.value } : { answer: null, error: answer.error }),
      durationMs,
      costUsd: usage.costUsd,
    }));
}

async function toolItem(store: ArtifactStore, { asked, value, error, durationMs }: ToolAnswer) {
  const item: CallItemDocument = {
    index: 0,
    prompt: asked ? text(await loadValue(store, asked)) : null,
    answer: error === undefined ? text(value) : null,
    ...(error === undefined ? {} : { error }),
    ...(durationMs === undefined ? {} : { durationMs }),
  };
  return item;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? 'null');
}

function parse(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString('utf8'));
}
