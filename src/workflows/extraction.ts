import type { ExtractAnswerInput } from '../activities/extract-answer.ts';
import type { Extraction } from '../agent/turn.ts';
import { account } from './account.ts';
import { anywhere } from './activities.ts';
import { isTooLong, learnWindow, withinWindow } from './compaction.ts';
import { whilePaused } from './control.ts';
import { readableFailure } from './failures.ts';
import type { Outcome } from './outcome.ts';
import type { RunningAgent } from './running-agent.ts';

const attempts = 2;

/** At a limit: the outputs from what the transcript holds, with one more try where they do not fit their schema. */
export async function extractAnswer(agent: RunningAgent, reason: string): Promise<Outcome> {
  agent.phase = 'extracting';
  if (agent.transcript === null) return noAnswer(reason, 'nothing had been done yet');
  let problems: string[] | null = null;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    await whilePaused(agent);
    const extraction = await extract(agent, { transcript: agent.transcript, attempt, reason, problems });
    if ('tooLong' in extraction) return noAnswer(reason, extraction.tooLong);
    agent.unseen = null;
    agent.transcript = extraction.transcript;
    account(agent, extraction.usage);
    if (extraction.outcome.kind === 'valid') {
      return { status: 'completed', finish: 'limit', output: extraction.outcome.output };
    }
    problems = extraction.outcome.problems;
  }
  return noAnswer(reason, (problems ?? []).join('; '));
}

type Attempt = Pick<ExtractAnswerInput, 'transcript' | 'attempt' | 'reason' | 'problems'>;

/** Where the model's provider finds the conversation too long, as much of it is sent as fits. */
async function extract(agent: RunningAgent, attempt: Attempt): Promise<Extraction | { tooLong: string }> {
  const { lineage, prepared } = agent;
  const { model, signature, definition } = prepared;
  const unseen = agent.unseen && withinWindow(agent.unseen, agent);
  const ask = (fit: Pick<ExtractAnswerInput, 'fitTokens'>) =>
    anywhere.extractAnswer.executeWithOptions({ summary: `extraction (${attempt.reason})` }, [
      { lineage, model, signature, definition, unseen, ...attempt, ...fit },
    ]);
  try {
    return await ask({});
  } catch (error) {
    if (!isTooLong(agent, error)) throw error;
  }
  try {
    return await ask({ fitTokens: learnWindow(agent, 0) });
  } catch (error) {
    if (!isTooLong(agent, error)) throw error;
    return { tooLong: readableFailure(error) };
  }
}

/** The failure of an agent that reached a limit and could not answer. */
export function noAnswer(reason: string, problem: string): Outcome {
  const message = `a limit was reached (${reason}) and no answer could be made: ${problem}; raise the limit with --limit, the transcript is kept in the results`;
  return { status: 'failed', finish: 'limit', error: { type: 'LimitReached', message } };
}
