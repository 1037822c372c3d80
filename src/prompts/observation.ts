import type { CellError, CellStatus, StreamText } from '../repl/protocol.ts';
import { type BudgetLeft, budgetFooter } from './budget-footer.ts';
import { countCharacters, cutMiddle, type EndsOfText } from './cut-middle.ts';
import { formatCount } from './format-count.ts';
import { shareLimit } from './share-limit.ts';

/** How a cell went, as far as the model is told. */
export interface CellView {
  status: CellStatus;
  stdout: StreamText;
  stderr: StreamText;
  error: CellError | null;
  note: string | null;
  durationMs: number;
  calls: readonly { function: string; count: number; failed: number }[];
}

export interface Observation {
  cell: CellView;
  budget: BudgetLeft;
  /** Characters of stdout, stderr and error together. */
  outputLimit: number;
  /** Why a submission was not accepted, one line each. */
  submitProblems?: readonly string[];
  /** What else the model must know, one sentence each. */
  notes: readonly string[];
}

/** The message that tells the model what its cell did. */
export function observationMessage({ cell, budget, outputLimit, submitProblems = [], notes }: Observation): string {
  const sections = [
    ...shownOutput(cell, outputLimit),
    ...shownEnd(cell),
    ...shownFailures(cell),
    ...shownSubmission(submitProblems),
    ...notes.map((note) => `Note: ${note}`),
  ];
  return [...sections, budgetFooter(budget)].join('\n\n');
}

function shownOutput({ stdout, stderr, error, status }: CellView, limit: number): string[] {
  const parts = [
    { label: null, text: trimEnd(stdout) },
    { label: 'stderr:', text: trimEnd(stderr) },
    { label: 'error:', text: errorText(error) },
  ].filter(({ text }) => text.length > 0);
  if (parts.length === 0) return status === 'ok' ? ['(no output; did you forget to print?)'] : [];
  const shares = shareLimit(
    parts.map(({ text }) => text.length),
    limit,
  );
  return parts.map(({ label, text }, index) => {
    const shown = cutMiddle(text, shares[index] ?? 0);
    return label === null ? shown : `${label}\n${shown}`;
  });
}

function trimEnd(text: StreamText): EndsOfText {
  const end = text.tail === '' ? text.head : text.tail;
  const trimmed = end.replace(/\n+$/, '');
  const length = text.length - (end.length - trimmed.length);
  return text.tail === '' ? { head: trimmed, tail: '', length } : { head: text.head, tail: trimmed, length };
}

function errorText(error: CellError | null): EndsOfText {
  if (error === null) return { head: '', tail: '', length: 0 };
  const summary = error.message === '' ? error.type : `${error.type}: ${error.message}`;
  const traceback = error.traceback.trimEnd();
  const text = tellsAll(traceback, error) ? traceback : `${traceback}\n${summary}`.trimStart();
  return { head: text, tail: '', length: countCharacters(text) };
}

/** A traceback as Python prints it ends with the error. Only of an exit does the message say more. */
function tellsAll(traceback: string, { type }: CellError): boolean {
  if (type === 'SystemExit') return false;
  return traceback.split('\n').some((line) => line.split(':')[0]?.split('.').at(-1) === type);
}

function shownEnd({ status, note, durationMs }: CellView): string[] {
  const because = note ? ` ${note}` : '';
  switch (status) {
    case 'timeout':
      return [
        `The cell was stopped after ${seconds(durationMs)} s of run time; variables set before it remain.${because}`,
      ];
    case 'interrupted':
      return [`The cell was interrupted after ${seconds(durationMs)} s; variables set before it remain.${because}`];
    case 'kernel-died':
      return [`The Python process died while it ran the cell, and what the cell set is gone.${because}`];
    default:
      return note ? [`Note: ${note}`] : [];
  }
}

function seconds(milliseconds: number): string {
  return milliseconds < 10_000 ? (milliseconds / 1_000).toFixed(1) : formatCount(Math.round(milliseconds / 1_000));
}

function shownFailures({ calls }: CellView): string[] {
  return calls
    .filter(({ failed }) => failed > 0)
    .map(({ function: name, count, failed }) => `${formatCount(failed)} of ${formatCount(count)} in ${name} failed.`);
}

function shownSubmission(problems: readonly string[]): string[] {
  if (problems.length === 0) return [];
  return [
    `SUBMIT was not accepted:\n${problems.map((problem) => `- ${problem}`).join('\n')}\nCorrect it and submit again.`,
  ];
}
