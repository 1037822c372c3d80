import { describe, expect, it } from 'vitest';
import { budgetFooter } from '../../src/prompts/budget-footer.ts';
import { type CellView, type Observation, observationMessage } from '../../src/prompts/observation.ts';
import { reminderMessage } from '../../src/prompts/reminder.ts';

const budget = {
  iterationsLeft: 42,
  llmCallsLeft: 480,
  sandboxesLeft: 48,
  tokensLeft: null,
  costUsdLeft: null,
  secondsLeft: 3_400.7,
};
const footer = budgetFooter(budget);

function stream(head: string) {
  return { head, tail: '', length: [...head].length };
}

function observe(cell: Partial<CellView>, more: Partial<Observation> = {}): string {
  const quiet = {
    status: 'ok',
    stdout: stream(''),
    stderr: stream(''),
    error: null,
    note: null,
    durationMs: 5,
    calls: [],
  };
  const view = { ...quiet, ...cell } as CellView;
  return observationMessage({ cell: view, budget, outputLimit: 1_000, notes: [], ...more });
}

describe('what the model sees of a cell', () => {
  it('is what it printed, and what is left of the budget', () => {
    expect(observe({ stdout: stream('{"a": 1}\n') })).toBe(`{"a": 1}\n\n${footer}`);
  });

  it('is a question when nothing was printed', () => {
    expect(observe({})).toBe(`(no output; did you forget to print?)\n\n${footer}`);
  });

  it('is prints before an error, then stderr and the error, labelled', () => {
    const traceback = 'Traceback (most recent call last):\n  File "<cell 1>", line 2, in <module>\nValueError: bad\n';
    const error = { type: 'ValueError', message: 'bad', traceback };
    expect(observe({ status: 'error', stdout: stream('one\n'), stderr: stream('careful\n'), error })).toBe(
      `one\n\nstderr:\ncareful\n\nerror:\n${traceback.trimEnd()}\n\n${footer}`,
    );
  });

  it('names the error when its traceback is empty, and says what an exit means', () => {
    expect(observe({ status: 'error', error: { type: 'KeyError', message: "'x'", traceback: '' } })).toContain(
      "error:\nKeyError: 'x'\n",
    );
    const exit = { type: 'SystemExit', message: 'the REPL goes on', traceback: 'Traceback\nSystemExit: 3' };
    expect(observe({ status: 'error', error: exit })).toContain('SystemExit: 3\nSystemExit: the REPL goes on');
  });

  it('is head and tail of long output, with the size of the cut and the true length', () => {
    const text = `START${'x'.repeat(20_000)}END`;
    const seen = observe({ stdout: stream(text) });
    expect(seen).toContain('START');
    expect(seen).toContain('xEND');
    expect(seen).toContain('… [19,008 of 20,008 characters cut here] …');
    expect(seen.length).toBeLessThan(1_200);
  });

  it('counts what the broker itself left out', () => {
    const stdout = { head: 'a'.repeat(300), tail: 'b'.repeat(300), length: 5_000_000 };
    expect(observe({ stdout })).toContain(`aaa\n… [4,999,400 of 5,000,000 characters cut here] …\nbbb`);
  });

  it('shares the limit: much output does not push out a short error', () => {
    const error = { type: 'ValueError', message: 'bad', traceback: 'ValueError: bad' };
    const seen = observe({
      status: 'error',
      stdout: stream('x'.repeat(5_000)),
      stderr: stream('y'.repeat(5_000)),
      error,
    });
    expect(seen).toContain('error:\nValueError: bad');
    expect(seen.match(/characters cut here/g)).toHaveLength(2);
    expect(seen.length).toBeLessThan(1_400);
  });

  it.each([
    ['timeout', 'The cell was stopped after 600 s of run time; variables set before it remain.'],
    ['interrupted', 'The cell was interrupted after 600 s; variables set before it remain.'],
    ['kernel-died', 'The Python process died while it ran the cell, and what the cell set is gone. Out of memory.'],
  ] as const)('tells plainly that it ended as %s', (status, sentence) => {
    const note = status === 'kernel-died' ? 'Out of memory.' : null;
    const seen = observe({ status, note, durationMs: 600_012 });
    expect(seen).toContain(sentence);
    expect(seen).not.toContain('no output');
  });

  it('names calls that failed, a refused submission, and notes', () => {
    const calls = [
      { function: 'llm_query_batched', count: 200, failed: 3 },
      { function: 'lookup', count: 5, failed: 0 },
    ];
    const note = 'rlm_query was answered by a plain model query: maxDepth reached';
    const seen = observe(
      { stdout: stream('x'), calls },
      { notes: [note], submitProblems: ['answer: missing (expected str)'] },
    );
    expect(seen).toContain('3 of 200 in llm_query_batched failed.');
    expect(seen).not.toContain('lookup');
    expect(seen).toContain('SUBMIT was not accepted:\n- answer: missing (expected str)\n');
    expect(seen).toContain(`Note: ${note}`);
  });
});

describe('the budget', () => {
  it('names what has a limit', () => {
    expect(footer).toBe('[left: 42 iterations, 480 llm_query prompts, 48 sub-agents, 3,400 s]');
    expect(budgetFooter({ ...budget, sandboxesLeft: null, tokensLeft: 1_234_567, costUsdLeft: 2.5 })).toBe(
      '[left: 42 iterations, 480 llm_query prompts, 1,234,567 tokens, $2.50, 3,400 s]',
    );
  });

  it.each([
    [{ iterationsLeft: 1 }, 'This is your last reply: call SUBMIT in it, with the best answer you have.'],
    [{ iterationsLeft: 3 }, 'Little is left (replies): answer now with what you have.'],
    [{ secondsLeft: 30, costUsdLeft: -0.1 }, 'Little is left (time, money): answer now with what you have.'],
    [{ tokensLeft: 900 }, 'Little is left (tokens): answer now with what you have.'],
  ])('urges to answer when little is left: %j', (little, urge) => {
    expect(budgetFooter({ ...budget, ...little }).split('\n')[1]).toBe(urge);
  });

  it('is never below zero, and spent llm_query prompts alone are no reason to stop', () => {
    expect(budgetFooter({ ...budget, llmCallsLeft: 0, sandboxesLeft: -2 })).toBe(
      '[left: 42 iterations, 0 llm_query prompts, 0 sub-agents, 3,400 s]',
    );
  });
});

describe('a reminder', () => {
  it.each([
    ['no-code', [], 'Your reply had no code, so nothing ran'],
    ['other-language', ['json', 'bash'], 'the REPL runs Python only, and your reply had json and bash'],
    ['empty', [], 'Your reply was empty, or its code was'],
  ] as const)('says what was wrong, the format, and what is left: %s', (reason, languages, sentence) => {
    const message = reminderMessage({ reason, languages, budget });
    expect(message).toContain(sentence);
    expect(message).toContain('one fenced ```python block');
    expect(message.endsWith(footer)).toBe(true);
  });
});
