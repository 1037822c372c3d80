import { RunFailed, type RunHandle, UsageError } from 'durable-rlm';

/** Exit codes as `rlm` has them. */
const exitCodes = { usage: 2, failed: 4, cancelled: 130 };

/** Runs a program. What the user can mend ends it in one line; anything else is a fault and shows its stack. */
export async function runProgram(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const code = exitCodeOf(error);
    if (code === null) throw error;
    const [message = ''] = (error as Error).message.split('. To specify a positional argument');
    console.error(message);
    process.exitCode = code;
  }
}

/** Cancels a run on Ctrl-C, so that everything it started is cleaned up; a second Ctrl-C ends the process at once. */
export function cancelOnInterrupt(run: RunHandle<unknown>): Disposable {
  const cancel = () => {
    console.error('cancelling the run');
    run.cancel().catch((error: unknown) => console.error(error instanceof Error ? error.message : error));
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, cancel);
  return {
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, cancel);
    },
  };
}

function exitCodeOf(error: unknown): number | null {
  if (error instanceof RunFailed) return error.document.status === 'cancelled' ? exitCodes.cancelled : exitCodes.failed;
  if (error instanceof UsageError) return exitCodes.usage;
  const { code } = error as NodeJS.ErrnoException;
  return code?.startsWith('ERR_PARSE_ARGS') ? exitCodes.usage : null;
}
