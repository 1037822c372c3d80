/** Says something to the person at the terminal: on standard error, because standard output carries the result alone. */
export function say(...lines: string[]): void {
  if (lines.length > 0) process.stderr.write(`${lines.join('\n')}\n`);
}

/** Says what is waited for; not where the user wants to see nothing. */
export function noticeTeller({ quiet = false }: { quiet?: boolean }): (message: string) => void {
  return (message) => {
    if (!quiet) say(`rlm: ${message}`);
  };
}

/** Writes to standard output; resolves when all of it has gone. A reader that went away is no error. */
export async function writeResult(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error | null) => {
      if (error && (error as NodeJS.ErrnoException).code !== 'EPIPE') reject(error);
      else resolve();
    };
    process.stdout.once('error', settle);
    process.stdout.write(text, settle);
  });
}
