import type { RunDocument } from '../../../results/run-document.ts';

/** Reads a results file. Throws an `Error` with one line that says what it is not. */
export function readResultsFile(text: string): RunDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('this is no JSON; open a file such as results/RUN_ID.json');
  }
  const { runId, root, usage } = (value ?? {}) as Partial<Record<keyof RunDocument, unknown>>;
  if (typeof runId !== 'string' || !isAgent(root) || typeof usage !== 'object') {
    throw new Error('this JSON is not the results of a run; open a file such as results/RUN_ID.json');
  }
  return value as RunDocument;
}

function isAgent(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { agentId, iterations, children } = value as Record<string, unknown>;
  if (typeof agentId !== 'string' || !Array.isArray(iterations) || !Array.isArray(children)) return false;
  const areIterations = iterations.every((one) => typeof one === 'object' && one !== null && Array.isArray(one.calls));
  return areIterations && children.every(isAgent);
}
