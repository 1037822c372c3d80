import type { Lease } from '../agent/agent-arguments.ts';
import { promptsOfCall, tasksOfCall } from '../agent/call-arguments.ts';
import { isSubAgentFunction } from '../agent/call-functions.ts';
import type { Call } from '../agent/cell.ts';
import type { AnswerSource } from '../agent/journal.ts';
import { addModelUsage, noModelUsage } from '../agent/sum-usage.ts';
import type { ModelUsage } from '../agent/usage.ts';
import type { Patience } from '../artifacts/paid-records.ts';
import { loadValue } from '../artifacts/stored-value.ts';
import { ModelError } from '../errors.ts';
import { withRetries } from '../model/retry.ts';
import type { AnswerItem } from '../repl/protocol.ts';
import { handedOver } from './activity-scope.ts';
import { AnswerLog, answerName, type Lineage, type QueryAnswer, readAllAnswers } from './answer-record.ts';
import type { CellPlace } from './cell-progress.ts';
import type { Dependencies } from './dependencies.ts';
import { keepingLease } from './run-cell.ts';

export interface AskedPrompts {
  lineage: Lineage;
  call: Pick<Call, 'callId' | 'function' | 'arguments'>;
  model: string;
  /** The prompts of the call from `from` up to, not including, `to`. */
  from: number;
  to: number;
  concurrency: number;
  /** Where else an answer may be kept: of the agents that this one was forked from. */
  earlier: AnswerSource[];
  /** What may be spent before no further prompt is started. */
  allowance: Lease;
}

/**
 * Asks a model the prompts of a call and hands each answer to the waiting cell as it comes. Answers that an earlier
 * attempt paid for are handed over first, and not asked for again. When the worker is told to stop, no further prompt is
 * asked, and it fails with `HandedOver` when those that are being asked are answered.
 *
 * @param before What was spent of the allowance before.
 */
export async function askPrompts(
  dependencies: Dependencies,
  place: CellPlace,
  asked: AskedPrompts,
  before: ModelUsage,
  patience: Patience,
): Promise<{ usage: ModelUsage; failed: number }> {
  const { store, stopping } = dependencies;
  const { lineage, call, model, from, to } = asked;
  const prompts = promptsOf(call, await loadValue(store, call.arguments));
  const post = async (answers: QueryAnswer[]) => {
    const items = answers.map(toItem);
    await place.broker.answer({ kernelId: place.kernelId, callId: call.callId, items });
  };
  const log = new AnswerLog(dependencies.paid.during(patience), answerName(lineage, call.callId, model, from), post);
  const answers = await log.recover();
  for (const source of asked.earlier) {
    const kept = await readAllAnswers(store, answerName(source.lineage, call.callId, source.subModel, from));
    answers.push(...kept.filter(({ index }) => !answers.some((answer) => answer.index === index)));
  }
  if (answers.length > 0) await post(answers);

  const answered = new Set(answers.map((answer) => answer.index));
  const remaining: number[] = [];
  for (let index = from; index < to; index += 1) if (!answered.has(index)) remaining.push(index);

  let usage = sum(answers);
  const next = remaining.values();
  let failed = false;
  const askInTurn = async () => {
    for (const index of next) {
      if (failed) return;
      if (stopping.aborted) throw handedOver();
      const spent = addModelUsage(before, usage);
      const answer = await ask(dependencies, asked, prompts[index] ?? '', index, spent, patience.signal);
      usage = addModelUsage(usage, answer.usage);
      answers.push(answer);
      await log.add(answer);
    }
  };
  const asking = Math.min(asked.concurrency, remaining.length);
  const inTurn = async () =>
    askInTurn().catch((error: unknown) => {
      failed = true;
      throw error;
    });
  // What is being asked when one of them fails is paid for, so it is waited for and kept.
  const ended = await keepingLease(place, () => Promise.allSettled(Array.from({ length: asking }, inTurn)));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return { usage, failed: answers.filter(({ answer }) => 'error' in answer).length };
}

/** The prompts of a call; a sub-agent's task beyond the depth limit is asked as a plain prompt. */
export function promptsOf(call: Pick<Call, 'function'>, given: unknown): string[] {
  if (!isSubAgentFunction(call.function)) return promptsOfCall(given);
  return tasksOfCall(given).map(({ task, context }) =>
    context === undefined || context === null ? task : `${task}\n\nContext:\n${JSON.stringify(context)}`,
  );
}

async function ask(
  { models }: Dependencies,
  { call, model, allowance }: AskedPrompts,
  prompt: string,
  index: number,
  spent: ModelUsage,
  signal: AbortSignal,
): Promise<QueryAnswer> {
  const startedAt = performance.now();
  const durationMs = () => Math.round(performance.now() - startedAt);
  const asked = 'artifact' in call.arguments ? { asked: call.arguments.artifact } : { prompt };
  const refusal = overAllowance(allowance, spent);
  if (refusal) return { index, answer: { error: refusal }, usage: noModelUsage, durationMs: 0, ...asked };
  try {
    const { text, usage } = await withRetries(
      () => models.complete({ model, messages: [{ role: 'user', content: prompt }], signal }),
      { signal },
    );
    return { index, answer: { value: text }, usage, durationMs: durationMs(), ...asked };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { index, answer: { error: error.message }, usage: noModelUsage, durationMs: durationMs(), ...asked };
  }
}

/** Why no further prompt may be asked; null while one may. */
export function overAllowance(allowance: Lease, spent: ModelUsage): string | null {
  const tokens = spent.promptTokens + spent.completionTokens;
  if (allowance.tokens !== null && tokens >= allowance.tokens) {
    return `the run's token budget is used up (maxTokens; ${allowance.tokens} were left when this call began)`;
  }
  if (allowance.costUsd !== null && (spent.costUsd ?? 0) >= allowance.costUsd) {
    return `the run's cost budget is used up (maxCostUsd; $${allowance.costUsd.toFixed(4)} was left when this call began)`;
  }
  return null;
}

function toItem({ index, answer }: QueryAnswer): AnswerItem {
  return 'value' in answer ? { index, value: answer.value } : { index, error: answer.error };
}

function sum(answers: QueryAnswer[]): ModelUsage {
  return answers.map((answer) => answer.usage).reduce(addModelUsage, noModelUsage);
}
