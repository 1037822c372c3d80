import { answerName, type QueryAnswer, readAnswers, ToolAnswer } from '../activities/answer-record.ts';
import { promptsOf } from '../activities/ask-prompts.ts';
import { promptRanges } from '../agent/prompt-ranges.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { loadValue } from '../artifacts/stored-value.ts';
import type { CallItemDocument } from './run-document.ts';

/** A call of one agent's attempt, by what its kept answers are named after. */
export interface CallName {
  lineage: string;
  callId: string;
  function: string;
  /** How many prompts it has. */
  count: number;
  /** What answered, where a model did. */
  subModel: string;
}

/**
 * What was asked and answered in a call of a model or a tool, in full, as far as answers are there. Empty for a call that
 * the workflow itself answered: one of sub-agents, or one that was refused.
 */
export async function readCallItems(store: ArtifactStore, call: CallName): Promise<CallItemDocument[]> {
  const { lineage, callId, subModel } = call;
  const tool = await store.readRecord(answerName(lineage, callId));
  if (tool !== null) return [await toolItem(store, ToolAnswer.parse(parse(tool)))];
  const answers: QueryAnswer[] = [];
  for (const { from } of promptRanges(call.count)) {
    const name = answerName(lineage, callId, subModel, from);
    for (let group = 0; ; group += 1) {
      const found = await readAnswers(store, name, group);
      if (found === null) break;
      answers.push(...found);
    }
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
