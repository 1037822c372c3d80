/** A sub-agent's answer as its parent gets it: its lone text, cut at a number of characters, the cut named in it. */
export function truncateAnswer(output: unknown, limit: number): { text: unknown; truncated: boolean } {
  const values = typeof output === 'object' && output !== null ? Object.values(output) : [output];
  const answer: unknown = values.length === 1 ? values[0] : output;
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
  if (text.length <= limit) return { text: answer, truncated: false };
  const cut = text.length - limit;
  return {
    text: `${text.slice(0, limit)}\n[… ${cut} more characters were cut (resultTruncationLimit)]`,
    truncated: true,
  };
}
