import { formatCount } from './format-count.ts';

/** How a request for a summary begins; the scripted model tells it by this. */
export const summaryRequestOpening =
  'This conversation nears the length that you can read, and is about to be shortened.';

const fewestWords = 150;
const mostWords = 1_500;

/** Asks the model to sum up its work so far. `contextWindow` is in tokens. */
export function summaryRequest(contextWindow: number): string {
  const words = Math.min(mostWords, Math.max(fewestWords, Math.floor(contextWindow * 0.05)));
  return `${summaryRequestOpening}
Write a summary of the work so far, for yourself: you will go on with it in place of what is taken out. No code of this reply is run. Say:
- what was learned, with exact figures, names, paths and quotations wherever they matter;
- which variables, functions and files exist, and what each holds;
- what was tried and did not work, and what has been ruled out;
- what is left to do, and what comes next.
All variables stay as they are. Write plain text of at most ${formatCount(words)} words.`;
}

export interface CompactedNote {
  /** Replies that the summary tells of. */
  replies: number;
  /** How many of them still stand below, word for word. */
  kept: number;
  /** The variable that has their full text. */
  variable: string;
}

/** What follows a summary, from the host. */
export function compactedNote({ replies, kept, variable }: CompactedNote): string {
  return `The conversation was shortened: replies 1 to ${replies} are summed up above, and the last ${kept} of them follow word for word.
The full text of all of them, with what each one showed, is in the REPL as \`${variable}\` (a str, each turn under a heading): search it with code rather than print it. It is put back before each block; had you a variable of that name, it is \`${variable}_before\` now. All other variables are as they were.
Go on with the work as before.`;
}

const note =
  /^The conversation was shortened: replies 1 to (\d+) are summed up above, and the last (\d+) of them follow/;

/** Reads back what {@link compactedNote} said of how many replies there were. Null: the text is no such note. */
export function readCompactedNote(text: string): Pick<CompactedNote, 'replies' | 'kept'> | null {
  const [, replies, kept] = note.exec(text) ?? [];
  return replies === undefined || kept === undefined ? null : { replies: Number(replies), kept: Number(kept) };
}

/** The summary of a model that gave none. */
export const noSummary = '(There is no summary: look at the variables, and at the full text.)';
