import { createInterface } from 'node:readline/promises';

/** SIGINT and SIGTERM as things to wait for, instead of the end of the process. */
export class Interruptions implements Disposable {
  private readonly waiting: NodeJS.Signals[] = [];
  private wake: (() => void) | null = null;

  constructor() {
    process.on('SIGINT', this.onSignal);
    process.on('SIGTERM', this.onSignal);
  }

  /** The next signal that came, or comes. */
  async next(): Promise<NodeJS.Signals> {
    for (;;) {
      const signal = this.waiting.shift();
      if (signal) return signal;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.onSignal);
    process.off('SIGTERM', this.onSignal);
  }

  private readonly onSignal = (signal: NodeJS.Signals) => {
    this.waiting.push(signal);
    this.wake?.();
  };
}

/** What becomes of a run whose watcher was interrupted. `leave`: it goes on, and the watcher ends. */
export type Choice = 'detach' | 'cancel' | 'keep' | 'leave';

/** Asks the person at the terminal. Another Ctrl-C is an answer too. */
export async function askWhatToDo(signal: AbortSignal): Promise<Choice> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const again = new Promise<Choice>((resolve) => terminal.once('SIGINT', () => resolve('leave')));
  const closed = new Promise<Choice>((resolve) => terminal.once('close', () => resolve('keep')));
  const answered = terminal
    .question('(d)etach, (c)ancel or (k)eep watching? ', { signal })
    .then(choiceOf)
    .catch((): Choice => 'keep'); // The run ended meanwhile: nothing is to be chosen any more.
  try {
    return await Promise.race([answered, again, closed]);
  } finally {
    terminal.close();
  }
}

function choiceOf(answer: string): Choice {
  const letter = answer.trim().toLowerCase().at(0);
  if (letter === 'd') return 'detach';
  return letter === 'c' ? 'cancel' : 'keep';
}
