/** What matters in a line of Python to know whether a triple-quoted string is open: strings, escapes and comments. */
const pieces = /\\[\s\S]|"""|'''|"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?|#[^\n]*/g;

/** Whether Python code ends within a triple-quoted string. */
export function endsInTripleQuotes(code: string): boolean {
  let position = 0;
  for (;;) {
    pieces.lastIndex = position;
    const piece = pieces.exec(code);
    if (!piece) return false;
    position = pieces.lastIndex;
    if (piece[0] !== '"""' && piece[0] !== "'''") continue;
    const end = findEnd(code, piece[0], position);
    if (end === -1) return true;
    position = end;
  }
}

function findEnd(code: string, quotes: string, from: number): number {
  for (let index = from; index < code.length; index += 1) {
    if (code[index] === '\\') index += 1;
    else if (code.startsWith(quotes, index)) return index + quotes.length;
  }
  return -1;
}
