import { anywhere } from './activities.ts';
import { whilePaused } from './control.ts';
import { account } from './loop.ts';
import type { Outcome } from './outcome.ts';
import type { RunningAgent } from './running-agent.ts';

const attempts = 2;

/** At a limit: the outputs from what the transcript holds, with one more try where they do not fit their schema. */
export async function extractAnswer(agent: RunningAgent, reason: string): Promise<Outcome> {
  agent.phase = 'extracting';
  const { lineage, prepared } = agent;
  if (agent.transcript === null) return noAnswer(reason, 'nothing had been done yet');
  let problems: string[] | null = null;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    await whilePaused(agent);
    const { model, signature, definition } = prepared;
    const extraction = await anywhere.extractAnswer.executeWithOptions({ summary: `extraction (${reason})` }, [
      { lineage, attempt, model, transcript: agent.transcript, signature, definition, reason, problems },
    ]);
    agent.transcript = extraction.transcript;
    account(agent, extraction.usage);
    if (extraction.outcome.kind === 'valid') {
      return { status: 'completed', finish: 'limit', output: extraction.outcome.output };
    }
    problems = extraction.outcome.problems;
  }
  return noAnswer(reason, (problems ?? []).join('; '));
}

/** The failure of an agent that reached a limit and could not answer. */
export function noAnswer(reason: string, problem: string): Outcome {
  const message = `a limit was reached (${reason}) and no answer could be made: ${problem}; raise the limit with --limit, the transcript is kept in the results`;
  return { status: 'failed', finish: 'limit', error: { type: 'LimitReached', message } };
}
